import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCpuList, parseCpuList } from '../../interface/index.ts';
import { parseKernelList } from './kernel-list.ts';

test('reads what the kernel prints as a list that a person wrote is read', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1 }), (cpus) => {
      const text = formatCpuList(cpus);
      expect(done(parseCpuList(text))).toEqual(parseKernelList(text));
    }),
  );
});

const done = (outcome: ReturnType<typeof parseCpuList>) => (outcome.ok ? outcome.value : null);

test.each(['', '-', '-3', '3-', '1,,2', '1-2-3', '0-3 ', 'all'])('%j names nobody', (text) => {
  expect(parseKernelList(text)).toEqual([]);
});
