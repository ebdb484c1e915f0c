import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { explain } from '../interface/index.ts';
import { parseScenario } from './parse.ts';
import { runScenario } from './run.ts';

/** What is wrong with a scenario, in its text or once it is rehearsed. */
async function fault(text: string): Promise<string | null> {
  const parsed = parseScenario(text, 's.json');
  const outcome = parsed.ok ? await runScenario(parsed.value) : parsed;
  return outcome.ok ? null : explain(outcome.refusal).sentence;
}

const pool = '"pools": [{ "name": "p1", "cpus": "4-5" }]';
const domain = (fields: string) => `{ ${pool},\n"domains": [\n{ "name": "A", ${fields} }] }`;
const action = (words: string) =>
  `{ ${pool}, "domains": [{ "name": "A" }], "seconds": 10,\n"actions": [${words}] }`;

test('a scenario is read with its defaults', () => {
  const parsed = parseScenario(domain('"pool": "p1", "vcpus": 2, "pin": ["4", "4-5"]'), 's.json');
  expect(parsed).toMatchObject({
    ok: true,
    value: { settleS: 4, seconds: 60, repeats: 1, seed: 1, actions: [], topology: { cpus: { length: 10 } } },
  });
  expect(parsed.ok && parsed.value.setup.map(({ request, line }) => [request, line])).toEqual([
    [{ kind: 'pool-create', name: 'p1', cpus: { list: [4, 5] } }, 1],
    [
      {
        kind: 'domain-create',
        name: 'A',
        pool: 'p1',
        vcpus: 2,
        affinity: [
          { hard: [4], soft: null },
          { hard: [4, 5], soft: null },
        ],
      },
      3,
    ],
  ]);
});

test('actions are read as commands, in the order of their times', () => {
  const parsed = parseScenario(
    action('{"atS": 9, "do": "pause A"}, {"atS": 1, "do": "pool-migrate A p1"}'),
    's.json',
  );
  expect(parsed.ok && parsed.value.actions.map(({ atS, request }) => [atS, request])).toEqual([
    [1, { kind: 'domain-modify', domain: 'A', pool: 'p1' }],
    [9, { kind: 'domain-modify', domain: 'A', paused: true }],
  ]);
});

test.each([
  ['{', 'line 1: JSON: a } is missing'],
  ['[]', 'line 1: scenario: must be an object, like { ... }'],
  [
    '{\n"domain": []}',
    'line 2: domain: there is no such field; did you mean domains? known here: about, host, pools, domains, actions, settleS, seconds, repeats, seed',
  ],
  ['{"seconds": -1}', 'line 1: seconds: must be a number from 0.001 to 864000'],
  ['{"repeats": 1.5}', 'line 1: repeats: must be a whole number from 1 to 1000'],
  ['{"host": {"cpus": 4, "nodes": 5}}', 'line 1: host.nodes: must be a whole number from 1 to 4'],
  [
    '{"pools": [{"name": "p", "cpus": "1", "ncpu": 1}]}',
    'line 1: pools[0]: give cpus (like "4-5") or ncpu (like 2)',
  ],
  ['{"pools": [{"cpus": "1"}]}', 'line 1: pools[0].name: is missing'],
  [
    '{"pools": [{"name": "p", "cpus": "1-"}]}',
    'line 1: pools[0].cpus: cannot read the cpu list "1-": "1-" at character 1 is no cpu and no range',
  ],
  [
    '{"pools": [\n{"name": "p", "cpus": "1"},\n{"name": "q", "cpus": "1-2"}]}',
    'line 3: pools[1]: cannot give cpu 1 to q: it belongs to p',
  ],
  [
    '{"pools": [{"name": "p", "cpus": "10"}]}',
    'line 1: pools[0]: there is no cpu 10: this host has 10, numbered 0-9',
  ],
  ['{"pools": [{"name": "p", "cpus": "0"}]}', 'line 1: pools[0]: cpu 0 cannot leave pool0'],
  [
    '{"pools": [{"name": "p", "cpus": "1", "sched": "sedf"}]}',
    'line 1: pools[0]: this host has no scheduler "sedf"',
  ],
  [
    '{"pools": [{"name": "p", "cpus": "1", "params": {"tslice": 5}}]}',
    'line 1: pools[0].params.tslice: there is no such field; known here: timesliceMs, ratelimitUs, migrationDelayUs, schedule',
  ],
  [domain('"pool": "p2"'), 'line 3: domains[0]: there is no pool "p2"'],
  [domain('"weight": 0'), 'line 3: domains[0].weight: must be a whole number from 1 to 65535'],
  [domain('"cap": 101'), 'line 3: domains[0].cap: must be a whole number from 0 to 100'],
  [domain('"pin": ["1", "2"]'), 'line 3: domains[0].pin: has 2 lists, the domain has 1 vcpus'],
  [domain('"pin": 4'), 'line 3: domains[0].pin: must be a text, like "p1"'],
  [domain('"pool": "p1", "pin": "6"'), 'line 3: domains[0]: cannot pin A to cpu 6, not in its pool p1'],
  [domain('"workload": "cpu"'), 'line 3: domains[0].workload: must be an object, like { ... }'],
  [
    domain('"workload": {"kind": "duti"}'),
    'line 3: domains[0].workload.kind: did you mean duty? known here: cpu, idle, duty, periodic, bursty, io, trace',
  ],
  [
    domain('"workload": {"kind": "duty", "burstMs": 1}'),
    'line 3: domains[0].workload.sleepMs: must be a number of milliseconds from 0.001 to 86400000',
  ],
  [
    domain('"workload": {"kind": "cpu", "runMs": 1}'),
    'line 3: domains[0].workload.runMs: there is no such field; known here: kind',
  ],
  [action('{"atS": -1, "do": "pause A"}'), 'line 2: actions[0].atS: must be a number from 0 to 864000'],
  [
    action('{"atS": 14, "do": "pause A"}'),
    'line 2: actions[0].do: at 14 s everything is over: settleS and seconds together are 14',
  ],
  [action('{"atS": 1, "do": "list"}'), 'line 2: actions[0].do: "list" changes nothing'],
  [action('{"atS": 1, "do": "pool-migrate A p2"}'), 'line 2: actions[0].do: there is no pool "p2"'],
])('%j is refused with its line and field', async (text, sentence) => {
  expect(await fault(text)).toBe(`s.json, ${sentence}`);
});

test('a huge text is refused unread', async () => {
  expect(await fault(' '.repeat(20_000_000))).toContain('it is 20000000 characters long');
});

test('a trace may stand in a file beside the scenario', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trace-'));
  writeFileSync(join(folder, 'good.txt'), '# run sleep\n5 20\n\n0.5\t3 # short\n');
  writeFileSync(join(folder, 'bad.txt'), '5 20\n5\n');
  writeFileSync(join(folder, 'empty.txt'), '');
  const trace = (file: string) => {
    const parsed = parseScenario(
      domain(`"workload": { "kind": "trace", "file": "${file}" }`),
      's.json',
      folder,
    );
    return parsed.ok ? parsed.value.setup[1]!.request : explain(parsed.refusal).sentence;
  };
  expect(trace('good.txt')).toMatchObject({ workload: { kind: 'trace', runMs: [5, 0.5], sleepMs: [20, 3] } });
  const place = 's.json, line 3: domains[0].workload.file:';
  expect(trace('bad.txt')).toBe(
    `${place} bad.txt, line 2: wants two times, run and sleep in milliseconds, not 1`,
  );
  expect(trace('empty.txt')).toBe(`${place} empty.txt has no times`);
  expect(trace('none.txt')).toBe(`${place} cannot be read: ENOENT`);
  expect(trace('.')).toBe(`${place} must be a file of at most 1048576 bytes`);
  rmSync(folder, { recursive: true });
});
