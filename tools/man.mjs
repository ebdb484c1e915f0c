// node tools/man.mjs: writes the man pages anew, from the table of commands (tools/man-pages.ts).
import { mkdirSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: ['tools/man-pages.ts'],
  bundle: true,
  format: 'esm',
  write: false,
});
const { MAN_PAGES } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);

mkdirSync('docs/man', { recursive: true });
for (const [file, page] of Object.entries(MAN_PAGES)) writeFileSync(file, page());
