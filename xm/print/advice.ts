import { formatCpuList } from '../../interface/cpu-list.ts';
import type { Advice, AdvisedDomain, Finding, InTheWay, Pin } from '../../scenario/advice.ts';
import { cpusWords } from './numbers.ts';
import { bold } from './style.ts';
import { type Column, table } from './table.ts';
import { wrap } from './wrap.ts';

/** What a person reads: a block a finding, or that there is none. */
export function adviceText(advice: Advice, color: boolean): string {
  if (advice.findings.length === 0) return nothing(advice);
  const blocks = advice.findings.map((finding) => findingText(finding, color));
  return `${blocks.join('\n')}\n${wrap(closing(advice))}\n`;
}

function nothing({ fine }: Advice): string {
  if (fine.length === 0) return 'nothing to advise: no pool with weights has pins inside\n';
  const good = fine.filter(({ keepsPromises }) => keepsPromises);
  const worst = Math.max(...good.map(({ missPercent }) => missPercent));
  const sentences = [
    ...(good.length === 0
      ? []
      : [`the pins in ${poolList(good)} bend no weights (${points(worst)} at most)`]),
    ...fine
      .filter(({ keepsPromises }) => !keepsPromises)
      .map(
        ({ pool, missPercent }) => `${pool} is off by ${points(missPercent)}, but pools would not mend that`,
      ),
  ];
  return `nothing to advise: ${sentences.join('; ')}\n`;
}

const poolList = (pools: readonly { readonly pool: string }[]) => list(pools.map(({ pool }) => pool));

function closing({ findings, seconds, settleS, seed }: Advice): string {
  const mended = findings.some(({ remedy }) => remedy !== null);
  const how = `Percent of one cpu, simulated: ${seconds} s after ${settleS} s of settling, seed ${seed}.`;
  return `${how} ${mended ? 'Nothing has been changed.' : ''}`.trimEnd();
}

function findingText(finding: Finding, color: boolean): string {
  const { pool, cpus, remedy, inTheWay } = finding;
  const title = bold(`${pool}, ${cpusWords(formatCpuList(cpus))}`, color);
  const wayOut =
    remedy === null ? `No pools mend this${obstacle(inTheWay!)}` : `Give ${movers(finding)} of their own:`;
  const more = remedy === null || inTheWay === null ? '' : `It gets no better${obstacle(inTheWay)}`;
  const text = [whoSuffers(finding), `${pinsText(contested(finding))}.`, why(finding), wayOut].join(' ');
  const commands = (remedy?.changes ?? []).map(({ command }) => `    ${shellWords(command)}\n`);
  const parts = [
    `${title}\n${wrap(text)}\n`,
    commands.join(''),
    sharesTable(finding, color),
    more === '' ? '' : `${wrap(more)}\n`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** The worst few of those who get less than they are promised; where there is a remedy, of those whom it helps. */
function whoSuffers({ domains }: Finding): string {
  const losers = domains
    .filter((domain) => domain.promisedPercent - domain.beforePercent >= 1)
    .sort((a, b) => mendedPercent(b) - mendedPercent(a));
  const shown = losers
    .slice(0, 3)
    .map(
      ({ name, promisedPercent, beforePercent }) =>
        `${name} is promised ${promisedPercent.toFixed(1)} and gets ${beforePercent.toFixed(1)}`,
    );
  if (losers.length > shown.length) shown.push(`${losers.length - shown.length} more get less, too`);
  return shown.length === 0 ? 'Shares are not what is promised.' : `${shown.join('; ')}.`;
}

/** How much nearer to its promise a domain comes; without a remedy, how far it is from it. */
function mendedPercent({ promisedPercent, beforePercent, afterPercent }: AdvisedDomain): number {
  const after = afterPercent === null ? 0 : Math.abs(promisedPercent - afterPercent);
  return Math.abs(promisedPercent - beforePercent) - after;
}

/** The pins of those that suffer. */
const contested = ({ pins, bend }: Finding) => pins.filter(({ cpus }) => bend.cpus.includes(cpus[0]!));

/** `A and B a pool`, `A and B, and C, pools` */
function movers({ pool, domains }: Finding): string {
  const pools = new Map<string, string[]>();
  for (const domain of domains) {
    if (domain.pool === pool) continue;
    pools.set(domain.pool, [...(pools.get(domain.pool) ?? []), domain.name]);
  }
  const groups = few([...pools.values()].map(names));
  return `${groups.join(', and ')}${groups.length === 1 ? ' a pool' : ', pools'}`;
}

/** `A and B are pinned to cpus 4-5, C to cpu 6 and to cpu 7` */
function pinsText(pins: readonly Pin[]): string {
  const places = new Map<string, { readonly who: string; readonly verb: string; readonly cpus: string[] }>();
  for (const { cpus, domains } of pins) {
    const who = names(domains);
    const place = places.get(who) ?? { who, verb: domains.length === 1 ? 'is' : 'are', cpus: [] };
    place.cpus.push(`to ${cpusWords(formatCpuList(cpus))}`);
    places.set(who, place);
  }
  const shown = [...places.values()].map(
    ({ who, verb, cpus }, n) => `${who}${n === 0 ? ` ${verb} pinned` : ''} ${list(few(cpus))}`,
  );
  return few(shown).join(', ');
}

const few = (words: readonly string[]) =>
  words.length > 5 ? [...words.slice(0, 4), `${words.length - 4} more`] : words;

/** How the scheduler comes to it. */
function why({ pool, scheduler, bend }: Finding): string {
  const { cpus, domains, earnedPercent, usablePercent } = bend;
  const who = names(domains);
  const where = cpusWords(formatCpuList(cpus));
  if (scheduler === 'credit2')
    return `credit2 gives out new credit when a whole run-queue has used up the old, whoever is pinned where: the rest of ${pool} decides when ${who} get theirs, and in between weights say little.`;
  const earns = `credit is given out by weight over all of ${pool}, whatever the pins: ${who} ${domains.length === 1 ? 'earns' : 'together earn'} ${earnedPercent.toFixed(0)} where ${where} can give ${usablePercent}`;
  if (earnedPercent > SLACK * usablePercent)
    return `${capital(earns)}, never run out of it, and take turns as if they weighed the same.`;
  if (earnedPercent * SLACK < usablePercent)
    return `${capital(earns)}, are always in debt, and take turns as if they weighed the same.`;
  return `${capital(earns)}, and how that is spent changes with the load elsewhere in the pool.`;
}

const SLACK = 1.02;

/** ` while A is pinned to cpus 4-5: ...` */
function obstacle({ domain, pins, overlaps, missPercent }: InTheWay): string {
  const after = `and ask again; shares then come within ${points(missPercent)} of what is promised.`;
  if (domain === null)
    return `: the pins overlap, so that none of them can be a pool of its own. Pin the domains alike, or lift the pins, ${after}`;
  const overlapped =
    overlaps.length === 0
      ? 'a domain is in one pool only'
      : `that overlaps ${list(few(overlaps.map(pinOf)))}`;
  const lift = shellWords(`xm vcpu-pin ${domain} all all`);
  return ` while ${pinsText(pins)}: ${overlapped}. Lift it (${lift}) ${after}`;
}

const pinOf = ({ cpus, domains }: Pin) => `the pin of ${names(domains)} to ${cpusWords(formatCpuList(cpus))}`;

function sharesTable({ pool, domains, remedy }: Finding, color: boolean): string {
  const number = (percent: number | null) => (percent === null ? '-' : percent.toFixed(1));
  const columns: Column<AdvisedDomain>[] = [
    { title: 'domain', cell: ({ name }) => name },
    { title: 'weight', right: true, cell: ({ weight }) => `${weight}` },
    { title: 'vcpus', right: true, cell: ({ vcpus }) => `${vcpus}` },
    { title: 'promised', right: true, cell: ({ promisedPercent }) => number(promisedPercent) },
    { title: 'before', right: true, cell: ({ beforePercent }) => number(beforePercent) },
  ];
  if (remedy !== null)
    columns.push(
      { title: 'after', right: true, cell: ({ afterPercent }) => number(afterPercent) },
      { title: 'pool', cell: (domain) => (domain.pool === pool ? pool : `${domain.pool} (new)`) },
    );
  if (domains.length <= MOST_ROWS) return table(domains, columns, color);
  const shown = new Set(domains.toSorted((a, b) => mendedPercent(b) - mendedPercent(a)).slice(0, MOST_ROWS));
  const rest = domains.length - MOST_ROWS;
  const rows = domains.filter((domain) => shown.has(domain));
  return `${table(rows, columns, color)}and ${rest} more, for which less changes (--json has them all)\n`;
}

/** A screen has no more. */
const MOST_ROWS = 20;

/** `A`, `A and B`, `A, B and C`. */
function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

const names = (domains: readonly string[]) => list(few(domains));
const points = (percent: number) => `${percent.toFixed(1)} points of a cpu`;
const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** As a shell takes it: words with letters that mean something there are quoted. */
const shellWords = (command: string) =>
  command
    .split(' ')
    .map((word) => (/^[\w.,:=@%+/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
