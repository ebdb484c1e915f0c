// npm run check: everything a change needs before it is committed.
import { spawnSync } from 'node:child_process';

const steps = [
  ['format and lint', 'biome', ['check', '.']],
  ['types', 'tsc', ['-p', '.']],
  ['build', 'node', ['tools/build.mjs']],
  ['tests, layers among them', 'vitest', ['run']],
];

for (const [what, command, args] of steps) {
  const started = process.hrtime.bigint();
  const bin = command === 'node' ? process.execPath : `node_modules/.bin/${command}`;
  const { status } = spawnSync(bin, args, { stdio: 'inherit' });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${what} (${seconds.toFixed(1)} s)`);
  if (status !== 0) process.exit(1);
}
