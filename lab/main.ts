import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { buildBundles } from '../tools/bundles.mjs';
import { fetchEmulator } from './emulator.ts';
import { type GuestRun, HARDWARE, runGuest } from './guest.ts';
import { buildImage } from './image.ts';
import { fetchKernel, KERNELS, type Kernel, kernelNamed } from './kernels.ts';
import { inLanes } from './lanes.ts';
import { programAt } from './machine.ts';
import { contentsFor, wordsFor } from './needs.ts';
import { parseWish, planRuns, type Run, type Wish } from './runs.ts';
import { buildSuite, findTests, isTest, PROJECT } from './suite.ts';
import { type Count, printSummary, sum, Tally } from './tally.ts';

const USAGE = `npm run test:linux [--again] [--jobs N] [--minutes N] [systemd] [KERNEL…] [FILE…]   the tests of the laboratory, or these, on each kernel, or these
npm run lab [systemd] KERNEL JOB [FILE…]         one shell script as root on one kernel, the files in /share
--jobs N: so many guests at once, each printed when it is off
--minutes N: files that would begin later than that in their guest are left out, and counted as skipped
--again: files that failed are run once more in a boot of their own, and that counts: for machines that may be busy
systemd: in the guest whose first program it is, of the suite that the kernel is of (6.1 where none is named)
kernels: ${KERNELS.map(({ name, suite }) => `${name} (${suite})`).join(', ')}`;

/** An idle machine needs 5 s; it may have other things to do. */
const BOOT_LIMIT_MS = 180_000;
const JOB_LIMIT_MS = 2_700_000;

async function main([command, ...words]: readonly string[]): Promise<number> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return wrong('the guests run the node of this machine, which has to be Linux on x64');
  for (const name of ['busybox', 'chrt', 'flock', 'qemu-system-x86_64', 'setpriv', 'taskset', 'unshare'])
    programAt(name);
  if (command === 'test') return test(words);
  if (command === 'run') return run(words);
  return wrong(USAGE);
}

async function test(words: readonly string[]): Promise<number> {
  const wish = parseWish(words, isTest);
  if (typeof wish === 'string') return wrong(`${wish}\n${USAGE}`);
  await buildBundles();
  const images: Images = new Map();
  const results = await inLanes(planRuns(wish, findTests(), wordsFor), wish.jobs, async (run) => {
    if (wish.jobs === 1) return testIn(run, wish, images, print);
    const lines: string[] = [];
    print(`-- ${nameOf(run)} begins`);
    const result = await testIn(run, wish, images, (line) => lines.push(line));
    print(lines.join('\n'));
    return result;
  });
  print('');
  for (const { run, count, how } of results)
    print(`${nameOf(run).padEnd(20)}  ${printSummary(count)}; ${how}`);
  const total = sum(results.map(({ count }) => count));
  print(`\n${printSummary(total)}`);
  return total.failed > 0 ? 1 : 0;
}

/** By what is in them; runs with the same files share one. */
type Images = Map<string, Promise<number>>;
type Say = (line: string) => void;

interface TestRun {
  readonly run: Run;
  readonly count: Count;
  /** How the boot went. */
  readonly how: string;
}

const nameOf = ({ kernel, isSystemd, words }: Run) =>
  [`Linux ${kernel.name}`, ...(isSystemd ? ['systemd'] : []), ...(words === '' ? [] : [words])].join(', ');

async function testIn(run: Run, { isAgain, minutes }: Wish, images: Images, say: Say): Promise<TestRun> {
  const { kernel, isSystemd, words, files } = run;
  const suite = isSystemd ? kernel.systemd : undefined;
  const key = `${suite} ${words}`;
  const image = images.get(key) ?? buildSuite(files, suite, minutes);
  images.set(key, image);
  const { tally, how } = await tallyOf(run, await image, say);
  const { failed } = tally;
  if (!isAgain || failed.length === 0) return { run, count: tally.end(), how };
  say(`-- once more, in a boot of their own: ${failed.join(', ')}`);
  const few = { ...run, files: failed };
  const again = await tallyOf(few, await buildSuite(failed, suite, minutes), say);
  const what = failed.length === 1 ? '1 file' : `${failed.length} files`;
  return { run, count: tally.endWith(again.tally), how: `${how}; ${what} once more: ${again.how}` };
}

async function tallyOf(
  { kernel, words, files }: Run,
  image: number,
  say: Say,
): Promise<{ tally: Tally; how: string }> {
  const tally = new Tally(files);
  const onLine = (line: string) => {
    say(line);
    tally.hear(line);
  };
  try {
    const ended = await boot(kernel, words, image, say, onLine);
    for (const file of tally.waiting) say(`  FAIL  ${file} has not ended`);
    return { tally, how: howItWent(ended) };
  } catch (error) {
    // What cannot even be tried has failed.
    const why = (error as Error).message;
    say(`  FAIL  Linux ${kernel.name}: ${why}`);
    return { tally, how: why.split('\n', 1)[0]! };
  }
}

async function run(words: readonly string[]): Promise<number> {
  const isSystemd = words[0] === 'systemd';
  const [word, job, ...shared] = isSystemd ? words.slice(1) : words;
  const kernel = kernelNamed(word ?? '');
  if (kernel === undefined || job === undefined) return wrong(USAGE);
  await buildBundles();
  const copies = Object.fromEntries(shared.map((file) => [`share/${basename(file)}`, file]));
  const contents = contentsFor([job], isSystemd ? kernel.systemd : undefined);
  const image = buildImage({
    ...contents,
    job: readFileSync(job, 'utf8'),
    copies: { ...PROJECT, ...contents.copies, ...copies },
  });
  return (await boot(kernel, wordsFor(job), image, print, print)).status ?? 1;
}

async function boot(kernel: Kernel, words: string, image: number, say: Say, onLine: Say): Promise<GuestRun> {
  const file = fetchKernel(kernel);
  const onUp = (release: string) => say(`\n== Linux ${release} (${kernel.suite})`);
  const ended = await runGuest({
    kernel: file,
    words,
    image,
    bootLimitMs: BOOT_LIMIT_MS,
    jobLimitMs: JOB_LIMIT_MS,
    onUp,
    onLine,
    qemu: [...fetchEmulator(), ...HARDWARE],
  });
  if (ended.why !== null) say(`-- ${ended.why}\n${ended.console.split('\n').slice(-40).join('\n')}`);
  for (const line of complaintsIn(ended.console)) say(`-- the kernel: ${line}`);
  say(`-- ${howItWent(ended)}`);
  return ended;
}

function howItWent({ upMs, totalMs, repeated }: GuestRun): string {
  const after = (ms: number) => `after ${(ms / 1000).toFixed(1)} s`;
  const boots = repeated === null ? '' : `, in the second boot (the first: ${repeated})`;
  return `up ${upMs === null ? 'never' : after(upMs)}, off ${after(totalMs)}${boots}`;
}

/** What no kernel should say, whatever the job came to. Not a failure: a slow machine can bring it about, too. */
const complaintsIn = (kernelConsole: string) =>
  kernelConsole.split('\n').filter((line) => /\b(BUG|WARNING|Oops)\b|blocked for more|\bstall/.test(line));

function wrong(text: string): number {
  process.stderr.write(`${text}\n`);
  return 2;
}

const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
