import { type Affinity, type Cpu, explain, parseCpuList } from '../interface/index.ts';
import type { Complain, Settings } from './settings.ts';
import type { Value } from './xl-cfg.ts';

type CpuSet = readonly Cpu[] | null;

/**
 * `cpus` (hard) and `cpus_soft`: a string for all vcpus, or a list with one entry a vcpu. As in xl a vcpu beyond the
 * list's end is not bound; a list longer than `vcpus` is refused, where xl drops its end in silence.
 */
export function readAffinity(settings: Settings, vcpus: number): Affinity | readonly Affinity[] | undefined {
  const hard = settings.read('cpus', (value, complain) => readSets(value, vcpus, complain));
  const soft = settings.read('cpus_soft', (value, complain) => readSets(value, vcpus, complain));
  if (hard === undefined && soft === undefined) return undefined;
  const length = Math.max(hard?.length ?? 1, soft?.length ?? 1);
  const each = Array.from({ length }, (_, vcpu) => ({ hard: setOf(hard, vcpu), soft: setOf(soft, vcpu) }));
  return length === 1 ? each[0] : each;
}

/** One set for all vcpus, or one a vcpu. */
function readSets(value: Value, vcpus: number, complain: Complain): CpuSet[] | undefined {
  if (value.kind !== 'list') {
    const set = readSet(value, complain);
    return set === undefined ? undefined : [set];
  }
  if (value.items.length > vcpus)
    return complain(`names ${value.items.length} vcpus, the domain has ${vcpus}`, value);
  const sets: CpuSet[] = new Array(vcpus).fill(null);
  for (const [vcpu, item] of value.items.entries()) {
    const set = readSet(item, complain);
    if (set === undefined) return undefined;
    sets[vcpu] = set;
  }
  return sets;
}

/** `null` is every cpu. */
function readSet(value: Value, complain: Complain): CpuSet | undefined {
  if (value.kind === 'list') return complain('must name cpus, like "0-3,^1"', value);
  const text = value.kind === 'string' ? value.text.trim() : String(value.number);
  if (text === 'all') return null;
  if (text.includes('node'))
    return complain('cannot name nodes here: name their cpus (xm info shows them)', value);
  const cpus = parseCpuList(text);
  if (!cpus.ok) return complain(`is no list of cpus: ${explain(cpus.refusal).sentence}`, value);
  return cpus.value.length > 0 ? cpus.value : complain('leaves no cpu', value);
}

const setOf = (sets: readonly CpuSet[] | undefined, vcpu: number): CpuSet =>
  sets?.[sets.length === 1 ? 0 : vcpu] ?? null;
