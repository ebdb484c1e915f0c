import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runGuest } from './guest.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cpu-pools-guest-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** In QEMU's place: a shell that knows the kernel's word for init as $mark, and counts its starts in $boot. */
const fake = (script: string) => {
  const prelude = `
    for word; do case $word in *lab=*) mark=\${word##*lab=};; esac; done
    echo >>${folder}/boots; boot=$(wc -l <${folder}/boots)`;
  return ['sh', '-c', `${prelude}\n${script}`];
};

async function run(script: string, jobLimitMs = 60_000) {
  const lines: string[] = [];
  const ups: string[] = [];
  const run = await runGuest({
    kernel: 'vmlinuz',
    image: openSync('/dev/null', 'r'),
    bootLimitMs: 60_000,
    jobLimitMs,
    onUp: (release) => ups.push(release),
    onLine: (line) => lines.push(line),
    qemu: fake(script),
  });
  return { ...run, lines, ups };
}

test('tells what the job says and how it ends, and nothing of its own', async () => {
  const ended = await run('echo "$mark up 6.1.0"; echo one; echo "$mark"; printf two; echo "$mark status 3"');
  expect(ended).toMatchObject({ status: 3, why: null, repeated: null, ups: ['6.1.0'] });
  expect(ended.lines).toEqual(['one', expect.stringMatching(/^[0-9a-f-]{36}$/), 'two']);
});

test('a boot that panics before the job starts is repeated, once', async () => {
  const panic = 'echo "Kernel panic - not syncing: no luck" >&4';
  const once = await run(
    `if [ $boot = 1 ]; then ${panic}; else echo "$mark up 7"; echo "$mark status 0"; fi`,
  );
  expect(once).toMatchObject({ status: 0, why: null });
  expect(once.repeated).toBe('Kernel panic - not syncing: no luck, before the job started');
  expect(once.console).toContain('no luck');
  rmSync(`${folder}/boots`);
  const twice = await run(panic);
  expect(twice).toMatchObject({ status: null, upMs: null, why: once.repeated, repeated: once.repeated });
  expect(readFileSync(`${folder}/boots`, 'utf8')).toBe('\n\n');
});

test('a job is never repeated: a guest that dies under it has no status', async () => {
  const { status, why, repeated } = await run('echo "$mark up 7"; echo "Kernel panic - oh" >&4');
  expect({ status, repeated }).toEqual({ status: null, repeated: null });
  expect(why).toBe('Kernel panic - oh, before the job was done');
});

test('a job that takes too long is ended, and so is its guest', async () => {
  const { status, why } = await run(
    `echo $$ >${folder}/pid; echo "$mark up 7"; sleep 20 >/dev/null 2>&1; echo "$mark status 0"`,
    50,
  );
  expect(status).toBeNull();
  expect(why).toBe('the job was not done after 0.05 s');
  expect(isRunning(pidIn('pid'))).toBe(false);
});

test('what QEMU itself complains of is the reason', async () => {
  expect((await run('echo no such machine >&2; exit 1')).why).toBe('no such machine');
});

test('a guest ends with whoever started it, also by SIGKILL', async () => {
  const program = join(folder, 'program.mjs');
  const guest = `{ kernel: '', image: 0, bootLimitMs: 6e5, jobLimitMs: 6e5, onLine() {}, qemu: ${JSON.stringify(
    fake(`echo $$ >${folder}/starting; mv ${folder}/starting ${folder}/pid; exec sleep 20`),
  )} }`;
  await build({
    stdin: {
      contents: `import { runGuest } from './lab/guest.ts'; await runGuest(${guest});`,
      resolveDir: '.',
    },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  const child = spawn(process.execPath, [program], { stdio: 'ignore' });
  while (!existsSync(`${folder}/pid`)) await moment();
  expect(isRunning(pidIn('pid'))).toBe(true);
  child.kill('SIGKILL');
  for (let tries = 0; tries < 500 && isRunning(pidIn('pid')); tries++) await moment();
  expect(isRunning(pidIn('pid'))).toBe(false);
});

const moment = () => new Promise((resolve) => setTimeout(resolve, 20));
const pidIn = (file: string) => readFileSync(join(folder, file), 'utf8').trim();

/** Not so one that has ended and whose new parent does not care. */
function isRunning(pid: string): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
