import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { run, scenarioOf } from '../testing.ts';
import { ticks } from './axis.ts';
import { Gantt } from './gantt.ts';
import { fillOf } from './palette.ts';
import { Row } from './row.ts';
import { drawChart } from './svg.ts';
import { clipped, escaped, textWidth, wrapped } from './text.ts';

interface Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  text: string;
}

/** The elements of a picture; what is no XML is thrown. */
function elementsOf(svg: string): Element[] {
  const elements: Element[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => elements.push({ name, attributes, text: '' }));
  parser.on('text', (text) => {
    if (elements.length > 0) elements.at(-1)!.text += text;
  });
  parser.write(svg).close();
  return elements;
}

const TWO = {
  about: 'Two & <two>',
  pools: [
    { name: 'p1', cpus: '4' },
    { name: 'p2', cpus: '5' },
  ],
  domains: [
    { name: 'A&B', pool: 'p1' },
    { name: 'C<"D">', pool: 'p1', weight: 512 },
    { name: 'E', pool: 'p2', cap: 50 },
  ],
  settleS: 1,
  seconds: 4,
};

async function chart(scenario: object, span: { fromS: number; toS: number }) {
  const gantt = new Gantt(span, scenarioOf(scenario).topology.cpus.length);
  const result = await run(scenario, { sinks: [gantt] });
  return { gantt, result, svg: drawChart(gantt, scenarioOf(scenario)) };
}

const texts = (svg: string) =>
  elementsOf(svg)
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text.trim());

test('the picture is well-formed, whatever things are called, and has neither script nor foreign font', async () => {
  const odd = { ...TWO, about: 'a \u0001 \ud800 & <b> "c"', domains: TWO.domains };
  const { svg } = await chart(odd, { fromS: 1, toS: 1.3 });
  const elements = elementsOf(svg);
  expect(elements[0]).toMatchObject({ name: 'svg', attributes: { xmlns: 'http://www.w3.org/2000/svg' } });
  expect(new Set(elements.map(({ name }) => name))).toEqual(
    new Set(['svg', 'title', 'rect', 'text', 'path']),
  );
  expect(svg).not.toMatch(/<script|@import|href|<foreignObject|\son\w+=/);
  expect(texts(svg)).toContain('A&B');
  expect(texts(svg)).toContain('C<"D">');
  expect(escaped('a\u0001\ud800b')).toBe('a\ufffd\ufffdb');
});

test('each domain has what it got, exactly, beside what it was promised', async () => {
  const { gantt, result, svg } = await chart(TWO, { fromS: 1, toS: 5 });
  const [window] = result.windows;
  for (const { id, name } of gantt.domains) {
    const share = (100 * gantt.usedNs.get(id)!) / 4e9;
    expect(Number(share.toFixed(3))).toBe(window!.domains[name]!.sharePercent);
    expect(texts(svg)).toContain(`${share.toFixed(1)} %`);
    expect(texts(svg)).toContain(`${window!.domains[name]!.entitledPercent.toFixed(1)} %`);
  }
});

test('bars lie within the picture, on their rows, and do not meet', async () => {
  const { gantt } = await chart(TWO, { fromS: 1, toS: 2 });
  let bars = 0;
  for (const cpu of [4, 5]) {
    let lastNs = 1e9;
    for (const { fromNs, toNs } of gantt.bars(cpu)) {
      bars++;
      expect(fromNs).toBeGreaterThanOrEqual(lastNs);
      expect(toNs).toBeGreaterThan(fromNs);
      lastNs = toNs;
    }
    expect(lastNs).toBeLessThanOrEqual(2e9);
  }
  expect(bars).toBeGreaterThan(30);
});

test('the pools stand by name with their scheduler, those where nobody lives below', async () => {
  const { svg } = await chart(TWO, { fromS: 1, toS: 1.3 });
  expect(texts(svg)).toEqual(
    expect.arrayContaining([
      'p1: credit, cpu 4',
      'p2: credit, cpu 5',
      'No domain in pool0: credit, cpus 0-3,6-9',
    ]),
  );
});

test('an action is marked where it was', async () => {
  const actions = [
    { atS: 2, do: 'pool-migrate E p1' },
    { atS: 4, do: 'pause E' },
  ];
  const { svg, gantt } = await chart({ ...TWO, actions }, { fromS: 1.9, toS: 2.1 });
  expect(gantt.marks).toEqual([{ atNs: 2e9, words: 'pool-migrate E p1' }]);
  expect(texts(svg)).toContain('pool-migrate E p1');
  expect(texts(svg)).not.toContain('pause E');
});

test('who comes in the meantime has a colour and a line of the legend too', async () => {
  const actions = [{ atS: 2, do: 'create name=late pool=p2' }];
  const { svg } = await chart({ ...TWO, actions }, { fromS: 1.9, toS: 2.5 });
  expect(texts(svg)).toContain('late');
});

test('the same run is drawn with the same bytes', async () => {
  const span = { fromS: 1, toS: 1.3 };
  expect((await chart(TWO, span)).svg).toBe((await chart(TWO, span)).svg);
});

test('ever so many switches make a picture of some megabytes at most', async () => {
  const busy = {
    host: { cpus: 64 },
    domains: [
      { name: 'A', vcpus: 200, workload: { kind: 'bursty', runMs: 0.05, sleepMs: 0.1 } },
      { name: 'B', vcpus: 200, workload: { kind: 'bursty', runMs: 0.05, sleepMs: 0.1 } },
    ],
    settleS: 0,
    seconds: 0.5,
  };
  const { svg, gantt } = await chart(busy, { fromS: 0, toS: 0.5 });
  const used = [...gantt.usedNs.values()].reduce((sum, ns) => sum + ns, 0);
  const drawn = Array.from({ length: 64 }, (_, cpu) => gantt.bars(cpu))
    .flat()
    .reduce((sum, bar) => sum + bar.toNs - bar.fromNs, 0);
  expect(svg.length).toBeLessThan(4_000_000);
  // Merging moves time about, it loses none.
  expect(drawn).toBeCloseTo(used, -3);
});

test('narrow bars close together become one of whoever has most of it, wide ones stay', () => {
  const row = new Row(100);
  row.add(0, 10, 1);
  row.add(20, 50, 2);
  row.add(60, 70, 1);
  row.add(110, 130, 3);
  row.add(200, 350, 4);
  row.add(350, 360, 1);
  row.close();
  expect(row.bars).toEqual([
    { fromNs: 0, toNs: 50, thread: 2 },
    { fromNs: 110, toNs: 130, thread: 3 },
    { fromNs: 200, toNs: 350, thread: 4 },
    { fromNs: 350, toNs: 360, thread: 1 },
  ]);
});

test.each([
  [4, 4.3, '4.00 4.05 4.10 4.15 4.20 4.25 4.30'],
  [0, 60, '0 10 20 30 40 50 60'],
  [0.99, 1.01, '0.990 0.992 0.994 0.996 0.998 1.000 1.002 1.004 1.006 1.008 1.010'],
  [3.1, 3.9, '3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9'],
  [86_000, 86_400, '86000 86050 86100 86150 86200 86250 86300 86350 86400'],
  [
    0.0001,
    0.00011,
    '0.000100 0.000101 0.000102 0.000103 0.000104 0.000105 0.000106 0.000107 0.000108 0.000109 0.000110',
  ],
])('from %d to %d s the ticks are at round times', (fromS, toS, labels) => {
  expect(
    ticks(fromS, toS)
      .map(({ label }) => label)
      .join(' '),
  ).toBe(labels);
});

test('twelve domains have twelve colours, and 48 can be told apart', () => {
  const fills = Array.from({ length: 48 }, (_, n) => fillOf(n));
  expect(new Set(fills).size).toBe(48);
  expect(fills.slice(0, 12).every((fill) => fill.startsWith('#'))).toBe(true);
  expect(fillOf(48)).toBe(fillOf(0));
});

test('a text has the room it is given', () => {
  const long = 'word '.repeat(100).trim();
  for (const line of wrapped(long, 300, 15)) expect(textWidth(line, 15)).toBeLessThanOrEqual(300);
  expect(wrapped(long, 300, 15).join(' ')).toBe(long);
  expect(clipped('x'.repeat(500), 100)).toMatch(/^x+…$/);
  expect(clipped('short', 100)).toBe('short');
});
