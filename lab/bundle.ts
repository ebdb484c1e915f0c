import { resolve } from 'node:path';
import { build } from 'esbuild';

/** esbuild's answer to `import … from 'vitest'`, and to modules of npm that still ask for `require`. */
const VITEST = resolve('lab/guest/vitest.ts');
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * A file of tests as one program for a guest, with a source map beside it. It has to stand one folder below the root of the
 * project there, as if it were a file of `lab/`: whatever looks for `../bin/xm` finds it.
 */
export async function bundleTests(file: string, program: string): Promise<void> {
  const entry = `
    import { runFile } from './lab/guest/run.ts';
    await runFile(${JSON.stringify(file)}, () => import(${JSON.stringify(`./${file}`)}));`;
  await build({
    stdin: { contents: entry, resolveDir: '.', loader: 'ts' },
    outfile: program,
    bundle: true,
    alias: { vitest: VITEST },
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: REQUIRE },
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  });
}

/** A program that a test starts, for a guest: one file, quick to load. */
export async function bundleProgram(file: string, program: string): Promise<void> {
  await build({
    entryPoints: [file],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
  });
}
