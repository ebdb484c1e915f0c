/**
 * What a kernel answers to those who write in cpuset files, situation by situation. The facts are those that the kernel's
 * own test of partitions asks for, and what was met beyond it; the answers were measured on the kernels named below.
 *
 * The tree is `top` with `mid` in it and `low` in that, `peer` beside `low`, `twin` beside `mid` with `leaf` in it, and
 * `side` beside `top`. Words: `top:2-3` its list (`none`: cleared), `top:x2-3` what it claims, `top:root`, `top:isolated`
 * and `top:member`, `top:task` a process that comes in, `cpu3:off` and `cpu3:on`.
 */
export interface Situation {
  readonly says: string;
  /** What is so, each word of which a kernel takes. */
  readonly first: string;
  /** What is written then. */
  readonly then: string;
  readonly answers: Answers;
}

/**
 * `top=2/root mid=/root! side=3-4 refused=top:task(ENOSPC)`: the effective cpus of each, its state where that is not
 * member, with `!` where it is invalid. By kernel where they differ: one that is not named answers as the one before it.
 */
export type Answers = string | Partial<Readonly<Record<KernelName, string>>>;

export const KERNEL_NAMES = ['6.1', '6.12', '7'] as const;
export type KernelName = (typeof KERNEL_NAMES)[number];

/** Whose answers these are. Another build may answer otherwise: that is news, and no fault. */
export const MEASURED: Readonly<Record<KernelName, string>> = {
  '6.1': '6.1.0-50-cloud-amd64',
  '6.12': '6.12.117+deb13-cloud-amd64',
  '7': '7.3.4+deb13-cloud-amd64',
};

export function kernelOf(release: string): KernelName {
  if (/^6\.1\./.test(release)) return '6.1';
  return /^6\./.test(release) ? '6.12' : '7';
}

/** `null`: not known. */
export function answerOn(kernel: KernelName, answers: Answers): string | null {
  if (typeof answers === 'string') return answers;
  const older = KERNEL_NAMES.slice(0, KERNEL_NAMES.indexOf(kernel) + 1).toReversed();
  const known = older.find((name) => answers[name] !== undefined);
  return known === undefined ? null : answers[known]!;
}

/** Claims came with Linux 6.7. */
export const needsClaims = ({ first, then }: Situation): boolean => /:x/.test(`${first} ${then}`);

export const situation = (says: string, first: string, then: string, answers: Answers): Situation => ({
  says,
  first,
  then,
  answers,
});
