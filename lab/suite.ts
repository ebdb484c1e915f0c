import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProgram, bundleTests } from './bundle.ts';
import { buildImage } from './image.ts';
import { contentsFor } from './needs.ts';
import { tallied } from './tally.ts';

/** Folders in which `*.lab.ts` and `*.lab.sh` are looked for. */
const FOLDERS = ['lab', 'libxc', 'xend', 'test'];

/** The project in a guest, as a person would have it after `npm run build`. */
export const PROJECT: Readonly<Record<string, string>> = {
  'project/package.json': 'package.json',
  'project/bin': 'bin',
  'project/examples': 'examples',
  'project/packaging': 'packaging',
  ...Object.fromEntries(
    ['xm', 'xend', 'scenario'].map((name) => [`project/dist/${name}.cjs`, `dist/${name}.cjs`]),
  ),
};

export function findTests(): string[] {
  const all = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  return all.filter((file) => /\.lab\.(ts|sh)$/.test(file)).sort();
}

/** Those, and any test file of vitest's that asks for no more than lab/guest/vitest.ts has. */
export const isTest = (file: string) => /\.(lab\.sh|lab\.ts|test\.ts)$/.test(file) && existsSync(file);

/** Programs that a file of tests starts, a line ` * beside: FILE` each: they stand beside it in a guest. */
const programsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^ \* beside: (\S+)$/gm)].map(([, program]) => program!);

const placeOf = (file: string, ending: string) => `lab/${file.replaceAll('/', '-').replace(/\.ts$/, ending)}`;

/** Numbers that tests take from outside: `LAB_SEED=7`. */
const wishes = (env: NodeJS.ProcessEnv) =>
  Object.entries(env)
    .filter(([name, value]) => /^LAB_(SEED|STEPS)$/.test(name) && /^\d+$/.test(value ?? ''))
    .map(([name, value]) => `export ${name}=${value}\n`)
    .join('');

/**
 * An image whose job runs these files one after the other, as a Tally hears it; those whose turn comes after so many
 * minutes are left out. `suite`: of its systemd, if it has one.
 */
export async function buildSuite(
  files: readonly string[],
  suite: string | undefined,
  minutes: number | undefined,
): Promise<number> {
  const work = mkdtempSync(join(tmpdir(), 'cpu-pools-lab-'));
  try {
    const contents = contentsFor(files, suite);
    const copies: Record<string, string> = { ...PROJECT, ...contents.copies };
    for (const source of new Set(files.flatMap(programsOf))) {
      const place = placeOf(source, '.cjs');
      await bundleProgram(source, join(work, place));
      copies[`project/${place}`] = join(work, place);
    }
    let job = `${wishes(process.env)}cd /project\n`;
    for (const file of files) {
      const isShell = file.endsWith('.sh');
      const place = isShell ? file : placeOf(file, '.mjs');
      if (isShell) copies[`project/${place}`] = file;
      else {
        const program = join(work, place);
        await bundleTests(file, program);
        for (const end of ['', '.map']) copies[`project/${place}${end}`] = program + end;
      }
      job += tallied(file, place, minutes);
    }
    return buildImage({ ...contents, job, copies });
  } finally {
    rmSync(work, { recursive: true });
  }
}
