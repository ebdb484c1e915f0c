import { KERNELS, type Kernel, kernelNamed } from './kernels.ts';

/** A boot that is to be made for tests. */
export interface Run {
  readonly kernel: Kernel;
  /** Whether systemd is the first program there. */
  readonly isSystemd: boolean;
  /** Words for the kernel beside its usual ones. */
  readonly words: string;
  readonly files: readonly string[];
}

/** What somebody wants tested, as words: kernels, files, and `systemd` for the guest that has it. */
export interface Wish {
  readonly kernels: readonly Kernel[];
  readonly files: readonly string[];
  readonly isSystemd: boolean;
  /** Whether files that failed are run once more, in a boot of their own, and that counts. */
  readonly isAgain: boolean;
  /** How many guests at once. */
  readonly jobs: number;
  /** In each of them no file begins that comes later; `undefined`: all do. */
  readonly minutes: number | undefined;
}

/** A systemd runs on the kernel of its own suite: Debian 12's, where no other is asked for. */
const DEBIAN_12 = KERNELS[0];

const KNOWN = new Set(['systemd', '--again']);

/** `null`: a word that is none of these. */
export function parseWish(all: readonly string[], isTest: (word: string) => boolean): Wish | string {
  const [jobs = 1, others] = numberAfter('--jobs', all);
  const [minutes, words] = numberAfter('--minutes', others);
  if (Number.isNaN(jobs) || Number.isNaN(minutes)) return '--jobs and --minutes take a number each';
  const unknown = words.filter((word) => !KNOWN.has(word) && !kernelNamed(word) && !isTest(word));
  if (unknown.length > 0) return `${unknown.join(', ')}: no kernel and no file of tests`;
  return {
    kernels: words.flatMap((word) => kernelNamed(word) ?? []),
    files: words.filter(isTest),
    isSystemd: words.includes('systemd'),
    isAgain: words.includes('--again'),
    jobs,
    minutes,
  };
}

/** What stands behind an option, and the words without both; `NaN`: no number that counts anything. */
function numberAfter(option: string, words: readonly string[]): [number | undefined, readonly string[]] {
  const at = words.indexOf(option);
  if (at < 0) return [undefined, words];
  const number = /^[1-9]\d*$/.test(words[at + 1] ?? '') ? Number(words[at + 1]) : Number.NaN;
  return [number, words.toSpliced(at, 2)];
}

/**
 * Boots of guests without systemd, on all kernels or those that are named, for files that need none, and one with it for
 * files that do. Whoever says `systemd` gets that guest alone, and any file in it. Files for which the kernel needs words of
 * its own (`wordsFor`) have boots of their own.
 */
export function planRuns(
  { kernels, files, isSystemd }: Wish,
  all: readonly string[],
  wordsFor: (file: string) => string = () => '',
): Run[] {
  const wanted = files.length > 0 ? files : all;
  const inPlain = isSystemd ? [] : wanted.filter((file) => !needsSystemd(file));
  const isAnything = isSystemd && files.length > 0;
  const inSystemd = isAnything ? wanted : wanted.filter(needsSystemd);
  // Who names kernels and no file wants to see these kernels, not what systemd makes of one.
  const isSystemdMeant = isSystemd || files.length > 0 || kernels.length === 0;
  const boots = [
    ...(kernels.length > 0 ? kernels : KERNELS).map((kernel) => ({
      kernel,
      isSystemd: false,
      files: inPlain,
    })),
    ...(isSystemdMeant ? (kernels.length > 0 ? kernels : [DEBIAN_12]) : []).map((kernel) => ({
      kernel,
      isSystemd: true,
      files: inSystemd,
    })),
  ];
  return boots.flatMap((boot) => {
    const words = [...new Set(boot.files.map(wordsFor))];
    return words.map((one) => ({
      ...boot,
      words: one,
      files: boot.files.filter((file) => wordsFor(file) === one),
    }));
  });
}

const needsSystemd = (file: string) => /\.systemd\.lab\.(ts|sh)$/.test(file);
