// npm run build: the two programs, and the library for the package's subpath exports.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { buildBundles } from './bundles.mjs';

rmSync('dist', { recursive: true, force: true });
await buildBundles();
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.lib.json'], {
  stdio: 'inherit',
});
