/* Protocol buffers as they lie in a file: https://protobuf.dev/programming-guides/encoding. For what is rare; what is not has ftrace.ts. */

/** Seven bits a byte, the lowest first; exact to 2^53. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

export const int = (field: number, value: number) => [...varint(field * 8), ...varint(value)];

/** A message inside another, or bytes. */
export const message = (field: number, bytes: readonly number[]) => [
  ...varint(field * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];

export const text = (field: number, words: string) => message(field, [...new TextEncoder().encode(words)]);
