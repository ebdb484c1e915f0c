/** Percent of one cpu; `-` while nothing has been measured. */
export const percent = (value: number | null) => (value === null ? '-' : `${value.toFixed(1)}%`);

export const seconds = (value: number) => value.toFixed(1);

/** `4` with `cpu` → `4 cpus`. */
export const counted = (n: number, noun: string) => (n === 1 ? `1 ${noun}` : `${n} ${noun}s`);

/** `cpu 4`, `cpus 6-9`: a list as `formatCpuList` writes it, under the right noun. */
export const cpusWords = (list: string) =>
  list === '' ? 'no cpus' : /^\d+$/.test(list) ? `cpu ${list}` : `cpus ${list}`;
