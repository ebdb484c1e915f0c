import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Claim, entitledPercents, type VcpuClaim } from './entitlement.ts';

/** A domain that always wants more; each vcpu has this weight and is pinned to `pin` if given, else free. */
const hog = (weight: number, pin: readonly number[] | null = null, vcpus = 1): Claim => ({
  cap: 0,
  vcpus: Array.from({ length: vcpus }, () => ({ rate: weight, limit: 100, hard: pin })),
});

/** The same domain, but no vcpu of it wants more than `limit` percent. */
const wanting = (limit: number, claim: Claim): Claim => ({
  ...claim,
  vcpus: claim.vcpus.map((vcpu) => ({ ...vcpu, limit })),
});

/** A vcpu on cpu 0 and one on cpu 1. */
const SPLIT: Claim = { cap: 0, vcpus: [0, 1].map((cpu) => ({ rate: 256, limit: 100, hard: [cpu] })) };

const two = 2 / 3;

test.each<[string, number[], Claim[], number[]]>([
  ['by weight on one cpu', [0], [hog(512), hog(256)], [100 * two, 100 * (1 - two)]],
  [
    'by weight and vcpus',
    [4, 5],
    [hog(256), hog(512, null, 2), hog(1024, null, 2)],
    [256 / 16.64, 1024 / 16.64, 2048 / 16.64],
  ],
  ['a vcpu gets no more than a cpu', [0, 1], [hog(1024), hog(256), hog(256)], [100, 50, 50]],
  [
    'what one does not want goes to the others',
    [0],
    [wanting(10, hog(512)), hog(256), hog(512)],
    [10, 30, 60],
  ],
  ['what a cap withholds goes to the others', [0], [{ ...hog(512), cap: 20 }, hog(256)], [20, 80]],
  ['a cap is shared by all vcpus', [0, 1], [{ ...hog(256, null, 2), cap: 50 }, hog(256, null, 2)], [50, 150]],
  ['who sleeps gets nothing', [0], [wanting(0, hog(256)), hog(256)], [0, 100]],
  ['nothing to share', [], [hog(256)], [0]],
  ['a pin outside the pool binds nobody', [0], [hog(256, [7]), hog(256)], [50, 50]],
])('unpinned: %s', (_, cpus, members, wanted) => {
  for (const [i, percent] of entitledPercents(cpus, members).entries())
    expect(percent).toBeCloseTo(wanted[i]!, 9);
});

const A512B256 = [hog(512, [0]), hog(256, [0])];

// The pitfall of weights with pinning: what each of these should have got, whatever Xen's schedulers make of it.
test.each<[string, number[], Claim[], number[]]>([
  ['one alone', [0, 1], [...A512B256, hog(256, [1])], [100 * two, 100 * (1 - two), 100]],
  ['four to one', [0, 1], [hog(1024, [0]), hog(256, [0]), hog(256, [1])], [80, 20, 100]],
  [
    'three alone',
    [0, 1, 2, 3],
    [...A512B256, hog(256, [1]), hog(256, [2]), hog(256, [3])],
    [100 * two, 100 * (1 - two), 100, 100, 100],
  ],
  [
    'four that share',
    [0, 1],
    [...A512B256, ...Array(4).fill(hog(256, [1]))],
    [100 * two, 100 * (1 - two), 25, 25, 25, 25],
  ],
  [
    'heavy ones that share',
    [0, 1],
    [...A512B256, ...Array(4).fill(hog(1024, [1]))],
    [100 * two, 100 * (1 - two), 25, 25, 25, 25],
  ],
  [
    'balanced',
    [0, 1],
    [...A512B256, hog(512, [1]), hog(256, [1])],
    [100 * two, 100 * (1 - two), 100 * two, 100 * (1 - two)],
  ],
  [
    'three alone and free to move',
    [0, 1, 2, 3],
    [...A512B256, hog(256), hog(256), hog(256)],
    [100 * two, 100 * (1 - two), 100, 100, 100],
  ],
  ['one free among the pinned', [0, 1], [hog(256, [0]), hog(256, [0]), hog(256)], [50, 50, 100]],
  [
    'two groups with one cpu and with two',
    [0, 1, 2],
    [hog(256, [0]), hog(256, [0, 1]), hog(256, [1]), hog(256, [2]), hog(256, [2])],
    [100 * two, 100 * two, 100 * two, 50, 50],
  ],
])('pinned: %s', (_, cpus, members, wanted) => {
  for (const [i, percent] of entitledPercents(cpus, members).entries())
    expect(percent).toBeCloseTo(wanted[i]!, 6);
});

test('one vcpu of a domain that is crowded does not hold back the other', () => {
  const [both, crowd] = entitledPercents([0, 1], [SPLIT, hog(256, [0])]);
  expect([both, crowd]).toEqual([150, 50]);
});

test('a cap over vcpus on different cpus lets the free one use what the crowded one cannot', () => {
  const crowd = Array.from({ length: 3 }, () => hog(256, [0]));
  expect(entitledPercents([0, 1], [{ ...SPLIT, cap: 100 }, ...crowd])).toEqual([100, 25, 25, 25]);
});

test('ten thousand domains share 4096 cpus to the last of them', () => {
  const cpus = Array.from({ length: 4096 }, (_, cpu) => cpu);
  const many = Array.from({ length: 10_000 }, (_, i) => hog(1 + ((i * 7919) % 65_535), null, 1 + (i % 3)));
  const percents = entitledPercents(cpus, many);
  expect(percents.reduce((sum, percent) => sum + percent, 0)).toBeCloseTo(409_600, 4);
});

test('vcpus of one domain may claim at rates and up to limits of their own', () => {
  const mixed: Claim = {
    cap: 0,
    vcpus: [
      { rate: 40, limit: 40, hard: null },
      { rate: 10, limit: 100, hard: null },
    ],
  };
  // 50 percent at level 1, where the first stops; then the last two rise in step.
  expect(entitledPercents([0], [mixed, wanting(100, hog(20))])).toEqual([60, 40]);
});

const vcpuClaims: fc.Arbitrary<VcpuClaim> = fc.record({
  rate: fc.constantFrom(1, 40, 128, 256, 512, 65535),
  limit: fc.constantFrom(0, 20, 40, 100, 100),
  hard: fc.option(fc.subarray([0, 1, 2, 3], { minLength: 1 })),
});

const claims: fc.Arbitrary<Claim> = fc.record({
  vcpus: fc.array(vcpuClaims, { minLength: 1, maxLength: 3 }),
  cap: fc.constantFrom(0, 0, 10, 50, 100, 200),
});

const pools = fc.record({
  cpus: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
  members: fc.array(claims, { minLength: 1, maxLength: 5 }),
});

test('any pool is shared as by filling it slowly, vcpu by vcpu', () => {
  fc.assert(
    fc.property(pools, ({ cpus, members }) => {
      const slowly = reference(cpus, members);
      for (const [i, percent] of entitledPercents(cpus, members).entries())
        expect(percent).toBeCloseTo(slowly[i]!, 4);
    }),
    { numRuns: 1000 },
  );
});

/**
 * The definition, straight: raise all vcpus together, by halving steps, until none can rise; who cannot, stays. What
 * fits is what Hall's condition admits: on no set of cpus do those confined to it want more than it has.
 */
function reference(cpus: readonly number[], members: readonly Claim[]): number[] {
  const vcpus = members.flatMap((claim, member) =>
    claim.vcpus.map(({ rate, limit, hard }) => {
      const mask = (hard ?? []).filter((cpu) => cpus.includes(cpu));
      const bits = (mask.length === 0 ? cpus : mask).reduce((all, cpu) => all | (1 << cpu), 0);
      return { member, rate, limit, bits, percent: 0, rises: true };
    }),
  );
  const fits = () =>
    vcpus.every(({ percent, limit }) => percent <= limit + 1e-9) &&
    members.every(
      ({ cap }, member) => cap === 0 || total(vcpus.filter((vcpu) => vcpu.member === member)) <= cap + 1e-9,
    ) &&
    Array.from({ length: 16 }, (_, set) => set).every(
      (set) => total(vcpus.filter(({ bits }) => (bits & ~set) === 0)) <= 100 * bitCount(set) + 1e-9,
    );
  let level = 0;
  const rise = (to: number) => {
    for (const vcpu of vcpus) if (vcpu.rises) vcpu.percent = to * vcpu.rate;
    return fits();
  };
  while (vcpus.some(({ rises }) => rises)) {
    let tooHigh = 101;
    for (let i = 0; i < 60; i++) {
      const middle = (level + tooHigh) / 2;
      if (rise(middle)) level = middle;
      else tooHigh = middle;
    }
    rise(level);
    for (const vcpu of vcpus.filter(({ rises }) => rises)) {
      const { percent } = vcpu;
      vcpu.percent += 1e-5;
      vcpu.rises = fits();
      vcpu.percent = percent;
    }
  }
  return members.map((_, member) => total(vcpus.filter((vcpu) => vcpu.member === member)));
}

const total = (vcpus: readonly { readonly percent: number }[]) =>
  vcpus.reduce((sum, { percent }) => sum + percent, 0);
const bitCount = (set: number) => [1, 2, 4, 8].filter((bit) => (set & bit) !== 0).length;
