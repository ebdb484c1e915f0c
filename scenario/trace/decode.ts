/** What the tests read traces with; no part of xm. Knows of Perfetto's messages what we write. */

/** Every field of a message, in the order in which they stand. */
export function fieldsOf(
  bytes: Uint8Array,
): { readonly field: number; readonly value: number | Uint8Array }[] {
  const fields: { field: number; value: number | Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      if (at >= bytes.length) throw new Error('a varint has no end');
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) fields.push({ field: Math.floor(tag / 8), value: varint() });
    else if (wireType === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new Error('a field is longer than its message');
      fields.push({ field: Math.floor(tag / 8), value: bytes.subarray(at, at + length) });
      at += length;
    } else throw new Error(`wire type ${wireType}`);
  }
  return fields;
}

export interface Switch {
  readonly cpu: number;
  readonly atNs: number;
  readonly pid: number;
  readonly prevPid: number;
  readonly prevState: number;
  readonly nextComm: string;
  readonly nextPid: number;
}

export interface Waking {
  readonly cpu: number;
  readonly atNs: number;
  readonly pid: number;
  readonly woken: number;
  readonly targetCpu: number;
}

export interface Decoded {
  readonly switches: Switch[];
  readonly wakings: Waking[];
  /** By pid, the last one told. */
  readonly processes: Map<number, string>;
  /** By tid: the process and the name. */
  readonly threads: Map<number, { readonly tgid: number; readonly name: string }>;
  readonly instants: { readonly atNs: number; readonly name: string; readonly track: number }[];
  readonly tracks: Map<number, string>;
  readonly packets: number;
}

class Message {
  readonly #fields: ReturnType<typeof fieldsOf>;

  constructor(bytes: Uint8Array) {
    this.#fields = fieldsOf(bytes);
  }

  all(field: number): Message[] {
    return this.#of(field).map((value) => new Message(value as Uint8Array));
  }

  has(field: number): boolean {
    return this.#of(field).length > 0;
  }

  int(field: number): number {
    const [value] = this.#of(field);
    if (typeof value !== 'number') throw new Error(`field ${field} is no number`);
    return value;
  }

  text(field: number): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.#of(field)[0] as Uint8Array);
  }

  #of(field: number): (number | Uint8Array)[] {
    return this.#fields.filter((one) => one.field === field).map(({ value }) => value);
  }
}

export function decode(bytes: Uint8Array): Decoded {
  const packets = new Message(bytes).all(1);
  const decoded: Decoded = {
    switches: [],
    wakings: [],
    processes: new Map(),
    threads: new Map(),
    instants: [],
    tracks: new Map(),
    packets: packets.length,
  };
  for (const packet of packets) {
    packet.int(10); // each packet has its writer
    for (const bundle of packet.all(1))
      for (const event of bundle.all(2)) takeEvent(decoded, bundle.int(1), event);
    for (const tree of packet.all(2)) {
      for (const process of tree.all(1)) decoded.processes.set(process.int(1), process.text(3));
      for (const thread of tree.all(2))
        decoded.threads.set(thread.int(1), { tgid: thread.int(3), name: thread.text(2) });
    }
    for (const event of packet.all(11))
      decoded.instants.push({ atNs: packet.int(8), name: event.text(23), track: event.int(11) });
    for (const track of packet.all(60)) decoded.tracks.set(track.int(1), track.text(2));
  }
  return decoded;
}

function takeEvent(decoded: Decoded, cpu: number, event: Message): void {
  const place = { cpu, atNs: event.int(1), pid: event.int(2) };
  for (const one of event.all(4))
    decoded.switches.push({
      ...place,
      prevPid: one.int(2),
      prevState: one.int(4),
      nextComm: one.text(5),
      nextPid: one.int(6),
    });
  for (const one of event.all(20))
    decoded.wakings.push({ ...place, woken: one.int(2), targetCpu: one.int(5) });
}

/** Cpu time in a span by tid, from the switches alone; whoever is on a cpu to the end of the file counts until `toNs`. */
export function cpuTimes({ switches }: Decoded, fromNs: number, toNs: number): Map<number, number> {
  const times = new Map<number, number>();
  const cpus = new Set(switches.map(({ cpu }) => cpu));
  for (const cpu of cpus) {
    const events = switches.filter((event) => event.cpu === cpu);
    for (const [n, { nextPid, atNs }] of events.entries()) {
      const endNs = Math.min(toNs, events[n + 1]?.atNs ?? toNs);
      const ns = endNs - Math.max(fromNs, atNs);
      if (nextPid !== 0 && ns > 0) times.set(nextPid, (times.get(nextPid) ?? 0) + ns);
    }
  }
  return times;
}
