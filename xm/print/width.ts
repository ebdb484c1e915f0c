/** How many columns of a terminal a text takes. */
export function width(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const letter of text) columns += columnsOf(letter);
  return columns;
}

/** Letters of East Asia and pictures take two columns, marks that sit on other letters none. */
function columnsOf(letter: string): number {
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(letter)) return 0;
  const isWide =
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
  return isWide.test(letter) ? 2 : 1;
}
