// npm run test:linux and npm run lab: starts lab/main.ts, which Node 20 cannot read as it is.
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const program = 'node_modules/.cache/lab/main.mjs';
await build({
  entryPoints: ['lab/main.ts'],
  outfile: program,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
});
await import(pathToFileURL(program));
