import { readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** xm simulate and advise bring a hypervisor along, which other commands would have to read: a file of its own. */
const scenarioApart = {
  name: 'scenario-apart',
  setup(bundle) {
    bundle.onResolve({ filter: /\/scenario\/[a-z-]+\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './scenario.cjs', external: true } : undefined,
    );
  },
};

/** The programs, CommonJS files: they start faster than modules. docs/decisions/0002-bundles.md */
export async function buildBundles() {
  await build({
    entryPoints: {
      xm: 'xm/main.ts',
      scenario: 'scenario/index.ts',
      'scenario-worker': 'scenario/worker.ts',
      'trace-worker': 'scenario/trace/worker.ts',
      xend: 'xend/main.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    plugins: [scenarioApart],
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    define: { __VERSION__: JSON.stringify(version) },
    logLevel: 'warning',
  });
}

/** A program of bench/ as one module in this folder; answers where. */
export async function bundleBench(file, folder) {
  const outfile = join(folder, `${parse(file).name}.mjs`);
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return outfile;
}
