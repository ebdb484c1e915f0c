import {
  type Affinity,
  type Cpu,
  type DomainState,
  done,
  formatCpuList,
  type HostState,
  type Outcome,
  type Pin,
  type Plan,
  type PoolState,
  type Refused,
  refuse,
  sameCpus,
  type Topology,
} from '../../interface/index.ts';
import { checkCpusKnown } from './bounds.ts';
import { membersOf } from './occupancy.ts';
import { setScheduling } from './planned-steps.ts';

/** What affinity is checked against: the host's cpus, and those of the pool that the domain is or will be in. */
export interface AffinityGround {
  readonly topology: Topology;
  readonly domain: string;
  readonly pool: PoolState;
}

/** The affinity of a new domain, an entry a vcpu. */
export function affinityOf(
  ground: AffinityGround,
  vcpus: number,
  asked: Affinity | readonly Affinity[] = { hard: null, soft: null },
): Outcome<Affinity[]> {
  const each = 'hard' in asked ? [asked] : asked;
  const refused = each.map((affinity) => checkAffinity(ground, affinity)).find((one) => one !== null);
  if (refused) return refused;
  if ('hard' in asked) return done(Array.from({ length: vcpus }, () => tidy(asked)));
  return asked.length === vcpus
    ? done(asked.map(tidy))
    : refuse({
        code: 'bad-request',
        field: 'affinity',
        why: `has ${asked.length} entries for ${vcpus} vcpus`,
      });
}

/** The affinity of a domain after a pin; what the pin does not name stays. */
export function pinned(ground: AffinityGround, domain: DomainState, pin: Pin): Outcome<Affinity[]> {
  const isVcpu = Number.isInteger(pin.vcpu) && Number(pin.vcpu) >= 0 && Number(pin.vcpu) < domain.vcpus;
  if (pin.vcpu !== 'all' && !isVcpu)
    return refuse({ code: 'unknown-vcpu', domain: domain.name, vcpu: pin.vcpu, vcpus: domain.vcpus });
  const refused = checkAffinity(ground, { hard: pin.hard ?? null, soft: pin.soft ?? null });
  if (refused) return refused;
  return done(
    domain.scheduling.affinity.map((present, vcpu) =>
      pin.vcpu === 'all' || pin.vcpu === vcpu
        ? tidy({
            hard: pin.hard === undefined ? present.hard : pin.hard,
            soft: pin.soft === undefined ? present.soft : pin.soft,
          })
        : present,
    ),
  );
}

/**
 * Before a pool is down to `remaining` cpus: each vcpu that could then run nowhere is let run on all of the pool. Xen
 * does the same without a word; here it is a step, and said.
 */
export function widenForLoss(state: HostState, pool: PoolState, remaining: readonly Cpu[]): Plan {
  const isBound = (domain: DomainState) => domain.scheduling.affinity.some(({ hard }) => hard !== null);
  const bound = membersOf(state, pool.name).filter(isBound);
  if (bound.length === 0) return { steps: [], notes: [] };
  const left = new Set(remaining);
  const inPool = (cpus: readonly Cpu[]) => cpus.filter((cpu) => pool.cpus.includes(cpu));
  const plans = bound.map((domain) => {
    const { affinity, lost } = widenedTo(left, domain.scheduling.affinity);
    return {
      steps: lost.length === 0 ? [] : [setScheduling(domain, { ...domain.scheduling, affinity })],
      notes: lost.map(
        (pin) =>
          `${pool.name} loses ${cpuWord(inPool(pin.hard))}, to which ${whoWas(pin, domain.name, affinity)} pinned: free to run on every cpu of ${pool.name} now`,
      ),
    };
  });
  return { steps: plans.flatMap(({ steps }) => steps), notes: plans.flatMap(({ notes }) => notes) };
}

/** The affinity a domain takes along into another pool, and a note for each pin that has no cpu there. */
export function widenForMove(
  domain: string,
  affinity: readonly Affinity[],
  to: PoolState,
): { affinity: readonly Affinity[]; notes: string[] } {
  const widened = widenedTo(new Set(to.cpus), affinity);
  const notes = widened.lost.map(
    (pin) =>
      `${whoWas(pin, domain, affinity)} pinned to ${cpuWord(pin.hard)}, outside ${to.name}: free to run on every cpu there`,
  );
  return { affinity: widened.affinity, notes };
}

/** A pin that is widened, and the vcpus of the domain that had it. */
interface LostPin {
  readonly vcpus: number[];
  readonly hard: readonly Cpu[];
}

/** Soft affinity stays as it is: where it fits no cpu it wishes for nothing, and may fit again later. */
function widenedTo(cpus: ReadonlySet<Cpu>, affinity: readonly Affinity[]) {
  const lost: LostPin[] = [];
  const widened = affinity.map((present, vcpu) => {
    if (present.hard === null || present.hard.some((cpu) => cpus.has(cpu))) return present;
    const same = lost.find(({ hard }) => sameCpus(hard, present.hard));
    if (same === undefined) lost.push({ vcpus: [vcpu], hard: present.hard });
    else same.vcpus.push(vcpu);
    return { ...present, hard: null };
  });
  return { affinity: widened, lost };
}

function checkAffinity({ topology, domain, pool }: AffinityGround, { hard, soft }: Affinity): Refused | null {
  for (const cpus of [hard, soft]) {
    if (cpus === null) continue;
    if (cpus.length === 0) return refuse({ code: 'bad-request', field: 'affinity', why: 'names no cpu' });
    const refused = checkCpusKnown(topology, cpus);
    if (refused) return refused;
  }
  if (hard === null || hard.some((cpu) => pool.cpus.includes(cpu))) return null;
  return refuse({ code: 'pin-outside-pool', domain, cpus: hard, pool: pool.name, poolCpus: pool.cpus });
}

const tidy = ({ hard, soft }: Affinity): Affinity => ({ hard: ascending(hard), soft: ascending(soft) });

const ascending = (cpus: readonly Cpu[] | null) => (cpus === null ? null : [...cpus].sort((a, b) => a - b));

/** `vm1 was`, where all its vcpus were; else `vcpu 1 of vm1 was`, `vcpus 0-2 of vm1 were`. */
function whoWas({ vcpus }: LostPin, domain: string, affinity: readonly Affinity[]): string {
  if (vcpus.length === affinity.length) return `${domain} was`;
  return vcpus.length === 1
    ? `vcpu ${vcpus[0]} of ${domain} was`
    : `vcpus ${formatCpuList(vcpus)} of ${domain} were`;
}

const cpuWord = (cpus: readonly Cpu[]) => `cpu${cpus.length === 1 ? '' : 's'} ${formatCpuList(cpus)}`;
