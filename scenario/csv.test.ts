import { expect, test } from 'vitest';
import { csvOf } from './csv.ts';

test('a line a window and domain, and a field that would be misread in quotes', () => {
  const share = {
    pool: 'p"1,x',
    vcpus: 2,
    weight: 256,
    cap: 0,
    cpuSeconds: 1.25,
    sharePercent: 12.5,
    vcpuSharePercent: [6, 6.5],
    entitledPercent: 100 / 8,
  };
  const window = { repeat: 1, fromS: 4, toS: 14, domains: { A: share, 'B,b': { ...share, pool: 'p1' } } };
  expect(csvOf({ seed: 1, windows: [window, { ...window, repeat: 2, domains: {} }], events: [] })).toBe(
    [
      'repeat,fromS,toS,pool,domain,vcpus,weight,cap,cpuSeconds,sharePercent,entitledPercent',
      '1,4,14,"p""1,x",A,2,256,0,1.25,12.5,12.5',
      '1,4,14,p1,"B,b",2,256,0,1.25,12.5,12.5',
      '',
    ].join('\r\n'),
  );
});
