/** About how far ticks stand apart, of all there is to see. */
const MOST_TICKS = 10;

export interface Tick {
  readonly atS: number;
  readonly label: string;
}

/** Round times in a span, 1, 2 or 5 of some power of ten apart, with as many digits as tell them from each other. */
export function ticks(fromS: number, toS: number): Tick[] {
  const least = (toS - fromS) / MOST_TICKS;
  const power = Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].find((factor) => factor * 10 ** power >= least * (1 - 1e-9))!;
  const digits = Math.max(0, -(step === 10 ? power + 1 : power));
  // Counted in steps: sums of seconds would drift away from round numbers.
  const perS = 10 ** -power / step;
  const first = Math.ceil(fromS * perS - 1e-6);
  const last = Math.floor(toS * perS + 1e-6);
  return Array.from({ length: last - first + 1 }, (_, n) => {
    const atS = (first + n) / perS;
    return { atS, label: atS.toFixed(digits) };
  });
}
