/**
 * The only randomness of the hypervisor: a 32-bit xorshift a vcpu, from the seed. Uses nothing but arithmetic that
 * IEEE 754 fixes to the last bit, so every engine draws the same numbers (Math.log is not fixed by its standard).
 */

/** One step of Marsaglia's xorshift32; never 0 for a state that is not 0. */
export function nextRandom(state: number): number {
  let s = state;
  s ^= s << 13;
  s ^= s >>> 17;
  s ^= s << 5;
  return s >>> 0;
}

/** A first state for vcpu `vcpu` of domain `domain`, well mixed (the finalizer of MurmurHash3), never 0. */
export function seedFor(seed: number, domain: number, vcpu: number): number {
  let h = Math.imul(seed, 0x9e3779b1) ^ Math.imul(domain + 1, 0x85ebca6b) ^ Math.imul(vcpu + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0 || 1;
}

/** -ln of the state read as a fraction in (0, 1]: an exponential draw of mean 1. */
export function exponential(state: number): number {
  return -naturalLog(state / 2 ** 32);
}

/** ln(x) for x in (0, 1]: powers of two taken off, the rest by ln m = 2·artanh((m-1)/(m+1)), 11 terms for 1e-15. */
function naturalLog(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  const t = (mantissa - 1) / (mantissa + 1);
  const square = t * t;
  let sum = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return 2 * t * sum + exponent * Math.LN2;
}
