/** No word of ours is longer; comparing costs the product of the lengths. */
const LONGEST_SLIP = 40;

/** The known word that was most likely meant: a slip or two away, or begun and not finished. */
export function near(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_SLIP) return undefined;
  const slips = Math.max(1, Math.min(2, Math.floor(word.length / 3)));
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(word, candidate) }))
    .filter((row) => row.distance <= slips)
    .sort((a, b) => a.distance - b.distance);
  if (ranked[0] !== undefined) return ranked[0].candidate;
  const begun = word.length < 2 ? [] : known.filter((candidate) => candidate.startsWith(word));
  return begun.length === 1 ? begun[0] : undefined;
}

/** `did you mean ncpu=? ` to begin a hint with, or nothing. */
export function didYouMean(word: string, known: readonly string[], show = (meant: string) => meant): string {
  const meant = near(word, known);
  return meant === undefined ? '' : `did you mean ${show(meant)}? `;
}

/** Insertions, deletions, replacements and swapped neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
