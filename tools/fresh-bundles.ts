import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundles } from './bundles.mjs';

const SOURCES = ['interface', 'hypervisor', 'libxc', 'xend', 'xm', 'scenario', 'config'];

/** Before the tests: tests that start the programs start what the sources say today. */
export async function setup(): Promise<void> {
  const built = existsSync('dist/xm.cjs') ? statSync('dist/xm.cjs').mtimeMs : 0;
  const changed = SOURCES.some((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).some(
      (file) => file.endsWith('.ts') && statSync(join(folder, file)).mtimeMs > built,
    ),
  );
  if (changed) await buildBundles();
}
