import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { decode } from '../scenario/trace/decode.ts';
import { openStand, type Stand } from './stand.ts';

const XM = join(import.meta.dirname, '..', 'bin', 'xm');
const work = (stand: Stand) => join(stand.directory, 'work');

const SCENARIO = {
  about: 'Two pools.',
  pools: [
    { name: 'p1', cpus: '4-5' },
    { name: 'p2', cpus: '6-7' },
  ],
  domains: [
    { name: 'A', pool: 'p1', vcpus: 3 },
    { name: 'B', pool: 'p1', weight: 512, workload: { kind: 'io', runMs: 1, sleepMs: 4, jitterPercent: 20 } },
    { name: 'C', pool: 'p2', vcpus: 3 },
  ],
  settleS: 0.1,
  seconds: 2,
};
/** Days of it: nobody waits for the end. */
const ENDLESS = { ...SCENARIO, seconds: 800_000, actions: [{ atS: 1, do: 'pool-migrate B p2' }] };

function standWith(files: Record<string, unknown>): Stand {
  const stand = openStand();
  for (const [name, content] of Object.entries(files))
    stand.write(name, typeof content === 'string' ? content : JSON.stringify(content));
  return stand;
}

/** An `xm simulate` that goes on, with what it says. */
class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #stand: Stand;
  readonly #end: Promise<number | NodeJS.Signals>;

  constructor(stand: Stand, ...words: string[]) {
    this.#stand = stand;
    const options = { cwd: work(stand), env: stand.env, stdio: 'pipe' } as const;
    const child = spawn(process.execPath, [XM, 'simulate', ...words], options);
    child.stdout.on('data', (text) => {
      this.stdout += text;
    });
    child.stderr.on('data', (text) => {
      this.stderr += text;
    });
    this.#end = new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal!)));
    this.child = child;
  }

  /** Until it has traced something: then it is in the middle of it. */
  async isUnderWay(): Promise<void> {
    const folder = work(this.#stand);
    const hasBegun = () =>
      readdirSync(folder).some(
        (file) => file.endsWith('.part') && statSync(join(folder, file)).size > 300_000,
      );
    while (!hasBegun()) {
      if (this.child.exitCode !== null) throw new Error(`it has ended: ${this.stderr}`);
      await sleep(20);
    }
  }

  async killedBy(...signals: NodeJS.Signals[]): Promise<number | NodeJS.Signals> {
    for (const signal of signals) this.child.kill(signal);
    return this.#end;
  }
}

test.each(['1', '2'])('Ctrl-C prints what was measured until then, with %s threads', async (jobs) => {
  const stand = standWith({ 's.json': ENDLESS });
  const files = ['--trace', 't.pftrace', '--svg', 'c.svg'];
  const xm = new Running(stand, 's.json', '--json', '--jobs', jobs, ...files);
  await xm.isUnderWay();
  expect(await xm.killedBy('SIGINT')).toBe(130);
  expect(xm.stderr).toBe('xm: interrupted; this is what was measured until then\n');
  const { cut, windows, events } = JSON.parse(xm.stdout);
  expect(cut).toBe(true);
  expect(events).toHaveLength(1);
  expect(windows[0]).toMatchObject({ fromS: 0.1, toS: 1 });
  expect(windows[0].cut).toBeUndefined();
  expect(windows[1]).toMatchObject({ fromS: 1.1, cut: true });
  expect(windows[1].domains.C.cpuSeconds).toBeGreaterThan(0);
  // The trace ends where the measuring did.
  const { switches } = decode(readFileSync(join(work(stand), 't.pftrace')));
  const lastNs = switches.reduce((last, { atNs }) => Math.max(last, atNs), 0);
  expect(Number((lastNs / 1e9).toFixed(6))).toBe(windows.at(-1).toS);
  expect(readdirSync(work(stand)).sort()).toEqual(['c.svg', 's.json', 't.pftrace']);
});

test('SIGTERM does the same, and says so with its own status', async () => {
  const stand = standWith({ 's.json': ENDLESS });
  const xm = new Running(stand, 's.json', '--trace', 't.pftrace');
  await xm.isUnderWay();
  expect(await xm.killedBy('SIGTERM')).toBe(143);
  expect(xm.stdout).toMatch(/^0\.1-1 s, percent of one cpu$/m);
  expect(xm.stdout).toMatch(/^1\.1-[\d.]+ s \(cut short\), percent of one cpu$/m);
});

test('a chart that begins later is left out, and that is said', async () => {
  const stand = standWith({ 's.json': ENDLESS });
  const xm = new Running(stand, 's.json', '--trace', 't.pftrace', '--svg', 'c.svg', '--from', '790000');
  await xm.isUnderWay();
  expect(await xm.killedBy('SIGINT')).toBe(130);
  expect(xm.stderr).toContain('xm: note: c.svg is not drawn, the run did not come so far\n');
  expect(readdirSync(work(stand)).sort()).toEqual(['s.json', 't.pftrace']);
});

test('threads and files change nothing in what is printed', () => {
  const stand = standWith({ 's.json': { ...SCENARIO, repeats: 3 } });
  for (const format of ['--json', '--csv', '']) {
    const words = `simulate s.json ${format}`.trim();
    const plain = stand.type(words);
    expect(stand.type(`${words} --jobs 2 --trace t.pftrace --svg c.svg`)).toBe(plain);
    expect(stand.type(`${words} --jobs 3`)).toBe(plain);
  }
  const alone = readFileSync(join(work(stand), 't.pftrace'));
  stand.type('simulate s.json --jobs 1 --trace t.pftrace');
  expect(Buffer.compare(readFileSync(join(work(stand), 't.pftrace')), alone)).toBe(0);
});

const TRACED = { domains: [{ name: 'A', workload: { kind: 'trace', file: 'w.txt' } }] };
const ACTIONS = [
  { atS: 1, do: 'pause A' },
  { atS: 2, do: 'unpause late' },
  { atS: 3, do: 'create name=late' },
];

test.each([
  [{ ...SCENARIO, repeat: 2 }, 'repeat: there is no such field; did you mean repeats?'],
  [
    {
      pools: [
        { name: 'a', cpus: '4-5' },
        { name: 'b', cpus: '5' },
      ],
    },
    'pools[1]: cannot give cpu 5 to b: it belongs to a',
  ],
  [{ settleS: -1 }, 'settleS: must be a number from 0 to 86400'],
  [{ actions: [{ atS: -0.5, do: 'pause A' }] }, 'actions[0].atS: must be a number from 0 to 864000'],
  [{ ...SCENARIO, seconds: 9, actions: ACTIONS }, 'actions[1].do: there is no domain "late"'],
  [
    { domains: [{ name: 'A', workload: { kind: 'trace', runMs: [1, null], sleepMs: [1, 2] } }] },
    'domains[0].workload.runMs[1]: must be a number of milliseconds from 0.001 to 86400000',
  ],
  [
    { domains: [{ name: 'A', workload: { kind: 'trace', runMs: [1, 2], sleepMs: [1] } }] },
    'domains[0].workload.sleepMs: has 1 times, runMs has 2',
  ],
])('%j is refused before anything runs', (scenario, why) => {
  const stand = standWith({ 's.json': scenario });
  const { status, stdout, stderr } = stand.xm('simulate s.json --trace t --svg c');
  expect(stderr).toMatch(/^xm: .*\n {4}xm simulate --help shows a whole scenario\n$/);
  expect(stderr).toContain(`xm: s.json, line 1: ${why}`);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(readdirSync(work(stand))).toEqual(['s.json']);
});

test.each([
  ['1 2\n\n5\n', 'w.txt, line 3: wants two times, run and sleep in milliseconds, not 1'],
  [
    '1 2 # fine\n5 -1\n',
    'w.txt, line 2: sleep is "-1", it must be a number of milliseconds from 0.001 to 86400000',
  ],
  ['x 2\n', 'w.txt, line 1: run is "x", it must be a number of milliseconds from 0.001 to 86400000'],
  ['# none\n', 'w.txt has no times'],
])('a workload %j is refused with its line', (text, why) => {
  const stand = standWith({ 's.json': TRACED, 'w.txt': text });
  const { status, stderr } = stand.xm('simulate s.json');
  expect(stderr.split('\n')[0]).toBe(`xm: s.json, line 1: domains[0].workload.file: ${why}`);
  expect(status).toBe(1);
});

test.each([
  ['--svg c --from 2 --to 1', 2, '--from 2 is not before --to 1'],
  ['--svg c --from 2.1', 1, '--from cannot be 2.1'],
  ['--svg c --to 2.2', 1, '--to cannot be 2.2'],
  ['--svg same --trace ./same', 2, '--trace and --svg cannot both write same'],
  ['--trace ./s.json', 2, '--trace would overwrite the scenario s.json'],
  ['--trace none/t', 1, 'cannot write none/t: it is not there and cannot be made'],
  ['--svg /dev/full', 1, 'cannot write /dev/full: no space left on the disk'],
  ['--trace /dev/full', 1, 'cannot write /dev/full: no space left on the disk'],
  ['--svg c --trace /dev/full', 1, 'cannot write /dev/full: no space left on the disk'],
  ['--json --csv', 2, '--json and --csv exclude each other'],
  ['--setle 1', 2, 'simulate has no option --setle'],
])('%s is refused with one sentence, and nothing is left', (words, status, sentence) => {
  const stand = standWith({ 's.json': SCENARIO });
  const run = stand.xm(`simulate s.json ${words}`);
  expect(run.stderr.split('\n')[0]).toBe(`xm: ${sentence}`);
  expect(run).toMatchObject({ status, stdout: '' });
  expect(readdirSync(work(stand))).toEqual(['s.json']);
});

test('a host of more cpus than Perfetto opens is simulated, but not traced', () => {
  const stand = standWith({ 's.json': { host: { cpus: 1025 }, domains: [{ name: 'A' }], seconds: 1 } });
  const run = stand.xm('simulate s.json --trace t');
  expect(run.stderr).toContain('Perfetto opens no trace of 1025 cpus');
  expect(run.status).toBe(2);
  expect(existsSync(join(work(stand), 't'))).toBe(false);
  expect(stand.type('simulate s.json --svg c.svg')).toContain('A');
});
