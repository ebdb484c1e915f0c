import type { Cpu } from '../../interface/index.ts';

const [ZERO, COMMA, DASH] = [48, 44, 45];

/**
 * `0-3,6` as the kernel prints lists: ascending, nothing twice. They are read by the hundred at every look, so this does
 * without what a list that a person wrote needs. What is no such list is none.
 */
export function parseKernelList(text: string): Cpu[] {
  const cpus: number[] = [];
  let first = -1;
  let number = -1;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : COMMA;
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) number = 10 * Math.max(0, number) + digit;
    else if (code === DASH && number >= 0 && first < 0) [first, number] = [number, -1];
    else if (code === COMMA && number >= 0) {
      for (let cpu = first < 0 ? number : first; cpu <= number; cpu++) cpus.push(cpu);
      [first, number] = [-1, -1];
    } else return [];
  }
  return cpus as Cpu[];
}
