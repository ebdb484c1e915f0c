import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** The two programs, one CommonJS file each: they start faster than modules. docs/decisions/0002-bundles.md */
export async function buildBundles() {
  await build({
    entryPoints: { xm: 'xm/main.ts', xend: 'xend/main.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    define: { __VERSION__: JSON.stringify(version) },
    logLevel: 'warning',
  });
}
