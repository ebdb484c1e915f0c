/** What letters need, in ems: a little more than those of the usual faces, for nobody knows which one will be there. */
const EM_NARROW = 0.35;
const EM_USUAL = 0.58;
const EM_WIDE = 0.85;
const EM_FULL = 1.05;

/** How wide a text is at most, in pixels. */
export function textWidth(words: string, size = 12): number {
  let ems = 0;
  for (const letter of words) {
    if (/[ .,:;!'|()[\]ijlftrI]/.test(letter)) ems += EM_NARROW;
    else if (/[mwMW%@]/.test(letter)) ems += EM_WIDE;
    else if (letter > '\u10ff') ems += EM_FULL;
    else ems += /[A-Z]/.test(letter) ? (EM_USUAL + EM_WIDE) / 2 : EM_USUAL;
  }
  return ems * size;
}

/** As much of a text as has room. */
export function clipped(words: string, width: number, size = 12): string {
  if (textWidth(words, size) <= width) return words;
  const letters = [...words];
  while (letters.length > 1 && textWidth(`${letters.join('')}…`, size) > width) letters.pop();
  return `${letters.join('')}…`;
}

/** A text in lines of at most this width. */
export function wrapped(words: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((one) => clipped(one, width, size));
}

/** For an SVG: what XML forbids is replaced, what it reads otherwise is escaped. */
export function escaped(words: string): string {
  return words
    .replace(/[\ud800-\udfff\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"]/g, (letter) => ENTITIES[letter]!);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text whose base line is at y; `style` are attributes. */
export const text = (x: number, y: number, words: string, style = '') =>
  `<text x="${round(x)}" y="${round(y)}"${style === '' ? '' : ` ${style}`}>${escaped(words)}</text>\n`;

/** A hundredth of a pixel is enough, and as short as it can be written. */
export const round = (pixels: number) => `${Math.round(pixels * 100) / 100}`;
