/** Typed arrays that change their length or their order: done at control operations, never in the event loop. */
type Numbers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

/** The same numbers with room for `length`, the rest `fill`. */
export function grown<T extends Numbers>(array: T, length: number, fill = 0): T {
  const next = new (array.constructor as new (n: number) => T)(length);
  if (fill !== 0) next.fill(fill);
  next.set(array as never);
  return next;
}

/** `result[i] = array[from[i]]`, or `fill` where `from[i]` is -1. */
export function gathered<T extends Numbers>(array: T, from: Int32Array, fill = 0): T {
  const next = new (array.constructor as new (n: number) => T)(from.length);
  for (let i = 0; i < from.length; i++) next[i] = from[i]! < 0 ? fill : array[from[i]!]!;
  return next;
}

/** Where everything went: `result[from[i]] = i`, and -1 for those of `length` that are nowhere in `from`. */
export function inverted(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length).fill(-1);
  for (let i = 0; i < from.length; i++) if (from[i]! >= 0) to[from[i]!] = i;
  return to;
}

/**
 * One buffer for many arrays. An array with a buffer of its own takes 200 bytes of the heap and, from 64 bytes on, as much
 * again outside, whatever is in it: a pool of ten vcpus would be little else (bench/fleet.ts).
 */
export class Room {
  #buffer: ArrayBuffer | null = null;
  #bytes = 0;

  /** `lay` moves its arrays, and is called twice: the first time they stay, and only what they take is added up. */
  static fill(lay: (room: Room) => void): void {
    const room = new Room();
    lay(room);
    room.#buffer = new ArrayBuffer(room.#bytes);
    room.#bytes = 0;
    lay(room);
  }

  /** The same numbers, in this room. */
  moved<T extends Numbers>(array: T): T {
    const at = Math.ceil(this.#bytes / array.BYTES_PER_ELEMENT) * array.BYTES_PER_ELEMENT;
    this.#bytes = at + array.byteLength;
    if (this.#buffer === null) return array;
    const next = new (array.constructor as new (b: ArrayBuffer, at: number, n: number) => T)(
      this.#buffer,
      at,
      array.length,
    );
    next.set(array as never);
    return next;
  }
}
