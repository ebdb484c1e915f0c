import type { Caller, Writer } from '../caller.ts';

/** Colours only on a terminal that can and a person who wants them (no-color.org). */
export function hasColor(caller: Caller, stream: Writer): boolean {
  return stream.isTTY === true && !caller.env.NO_COLOR && caller.env.TERM !== 'dumb';
}

export const bold = (text: string, color: boolean) => (color ? `\u001b[1m${text}\u001b[22m` : text);
export const red = (text: string, color: boolean) => (color ? `\u001b[31m${text}\u001b[39m` : text);
