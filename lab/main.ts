import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { buildBundles } from '../tools/bundles.mjs';
import { type GuestRun, runGuest } from './guest.ts';
import { buildImage } from './image.ts';
import { fetchKernel, KERNELS, type Kernel, kernelNamed } from './kernels.ts';
import { programAt } from './machine.ts';
import { buildSuite, findTests, isTest, PROJECT } from './suite.ts';
import { type Count, NONE, printSummary, sum, Tally } from './tally.ts';

const USAGE = `npm run test:linux [KERNEL…] [FILE…]   the tests of the laboratory, or these, on each kernel, or these
npm run lab KERNEL JOB [FILE…]         one shell script as root on one kernel, the files in /share
kernels: ${KERNELS.map(({ name, suite }) => `${name} (${suite})`).join(', ')}`;

/** An idle machine needs 5 s; it may have other things to do. */
const BOOT_LIMIT_MS = 180_000;
const JOB_LIMIT_MS = 900_000;

async function main([command, ...words]: readonly string[]): Promise<number> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return wrong('the guests run the node of this machine, which has to be Linux on x64');
  for (const name of ['busybox', 'flock', 'qemu-system-x86_64', 'setpriv']) programAt(name);
  if (command === 'test') return test(words);
  if (command === 'run') return run(words);
  return wrong(USAGE);
}

async function test(words: readonly string[]): Promise<number> {
  const unknown = words.filter((word) => kernelNamed(word) === undefined && !isTest(word));
  if (unknown.length > 0) return wrong(`${unknown.join(', ')}: no kernel and no file of tests\n${USAGE}`);
  const named = words.flatMap((word) => kernelNamed(word) ?? []);
  const given = words.filter(isTest);
  const files = given.length > 0 ? given : findTests();
  await buildBundles();
  const image = await buildSuite(files);

  const counts: Count[] = [];
  for (const kernel of named.length > 0 ? named : KERNELS) counts.push(await testOn(kernel, image, files));
  const total = sum(counts);
  print(`\n${printSummary(total)}`);
  return total.failed > 0 ? 1 : 0;
}

/** What cannot even be tried has failed. */
async function testOn(kernel: Kernel, image: number, files: readonly string[]): Promise<Count> {
  const tally = new Tally(files);
  const onLine = (line: string) => {
    print(line);
    tally.hear(line);
  };
  try {
    const ended = await boot(kernel, image, onLine);
    if (ended.status === null) for (const file of tally.waiting) print(`  FAIL  ${file} has not ended`);
  } catch (error) {
    print(`  FAIL  ${(error as Error).message}`);
    return { ...NONE, failed: Math.max(1, tally.end().failed) };
  }
  return tally.end();
}

async function run([word, job, ...shared]: readonly string[]): Promise<number> {
  const kernel = kernelNamed(word ?? '');
  if (kernel === undefined || job === undefined) return wrong(USAGE);
  await buildBundles();
  const copies = Object.fromEntries(shared.map((file) => [`share/${basename(file)}`, file]));
  const image = buildImage({ job: readFileSync(job, 'utf8'), copies: { ...PROJECT, ...copies } });
  return (await boot(kernel, image, print)).status ?? 1;
}

async function boot(kernel: Kernel, image: number, onLine: (line: string) => void): Promise<GuestRun> {
  const file = fetchKernel(kernel);
  const onUp = (release: string) => print(`\n== Linux ${release} (${kernel.suite})`);
  const limits = { bootLimitMs: BOOT_LIMIT_MS, jobLimitMs: JOB_LIMIT_MS };
  const ended = await runGuest({ kernel: file, image, ...limits, onUp, onLine });
  if (ended.retries > 0) print('-- the first boot failed before the job started, this was the second');
  if (ended.why !== null) print(`-- ${ended.why}\n${ended.console.split('\n').slice(-40).join('\n')}`);
  for (const line of complaintsIn(ended.console)) print(`-- the kernel: ${line}`);
  const seconds = (ms: number | null) => (ms === null ? 'never' : `after ${(ms / 1000).toFixed(1)} s`);
  print(`-- up ${seconds(ended.upMs)}, off ${seconds(ended.totalMs)}`);
  return ended;
}

/** What no kernel should say, whatever the job came to. Not a failure: a slow machine can bring it about, too. */
const complaintsIn = (kernelConsole: string) =>
  kernelConsole.split('\n').filter((line) => /\b(BUG|WARNING|Oops)\b|blocked for more|stall/.test(line));

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
