/**
 * Twelve colours that people who see fewer still tell apart: those of Okabe and Ito, and of Tol's "muted" what differs
 * from them in lightness too. Neighbours in the list are far from each other. More domains get the same ones hatched.
 */
const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#f0e442',
  '#332288',
  '#999933',
  '#882255',
  '#88ccaa',
  '#777777',
];

/** What is drawn over a colour, by round: nothing, stripes one way, the other way, dots. */
const HATCHES = [
  '',
  '<path d="M-1 1l2-2M0 6l6-6M5 7l2-2" stroke="#fff" stroke-width="1.4"/>',
  '<path d="M-1 5l2 2M0 0l6 6M5-1l2 2" stroke="#000" stroke-width="1.1"/>',
  '<circle cx="3" cy="3" r="1.3" fill="#fff"/>',
];

/** How the nth domain is filled. */
export function fillOf(n: number): string {
  const hatch = Math.floor(n / COLOURS.length) % HATCHES.length;
  return hatch === 0
    ? COLOURS[n % COLOURS.length]!
    : `url(#xm-hatch-${n % (COLOURS.length * HATCHES.length)})`;
}

/** Black or white, whichever can be read on it. */
export function inkOn(n: number): string {
  const colour = Number.parseInt(COLOURS[n % COLOURS.length]!.slice(1), 16);
  const light = 0.299 * (colour >> 16) + 0.587 * ((colour >> 8) & 255) + 0.114 * (colour & 255);
  return light > 140 ? '#000' : '#fff';
}

/** The patterns that so many domains need. */
export function patterns(domains: number): string {
  const all = Math.min(domains, COLOURS.length * HATCHES.length);
  const made = Array.from({ length: Math.max(0, all - COLOURS.length) }, (_, i) => {
    const n = i + COLOURS.length;
    const hatch = HATCHES[Math.floor(n / COLOURS.length)];
    const colour = COLOURS[n % COLOURS.length];
    return `<pattern id="xm-hatch-${n}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="${colour}"/>${hatch}</pattern>`;
  });
  return made.length === 0 ? '' : `<defs>${made.join('')}</defs>\n`;
}
