import { type Refused, refuse, type Topology } from '../../interface/index.ts';

/** A whole number from `min` to `max`, or the refusal that says so. */
export function checkWhole(what: string, value: number, min: number, max: number): Refused | null {
  if (Number.isInteger(value) && value >= min && value <= max) return null;
  return refuse({
    code: 'out-of-range',
    what,
    value: String(value),
    range: `a whole number from ${min} to ${max}`,
  });
}

/** Every cpu of a list exists, online or not, and is named once. */
export function checkCpusKnown(topology: Topology, cpus: readonly number[]): Refused | null {
  const seen = new Set<number>();
  for (const cpu of cpus) {
    if (topology.cpus[cpu] === undefined)
      return refuse({ code: 'unknown-cpu', cpu, cpus: topology.cpus.length });
    if (seen.has(cpu)) return refuse({ code: 'cpu-named-twice', cpu });
    seen.add(cpu);
  }
  return null;
}
