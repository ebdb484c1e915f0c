import { formatCpuList } from './cpu-list.ts';
import type { Adoptable, DomainSpec, Host, Reservation, SchedulerParams, Scheduling } from './host.ts';
import type { Outcome } from './outcome.ts';
import type { Cpu, DomainId, NodeId, SchedulerName } from './words.ts';

/**
 * One primitive operation as a value: what a plan is made of, what the journal keeps, what `--dry-run` shows.
 * Each is a call of `Host` by the same name.
 */
export type Step =
  | { readonly do: 'createPool'; readonly pool: string; readonly scheduler: SchedulerName }
  | { readonly do: 'destroyPool'; readonly pool: string }
  | { readonly do: 'renamePool'; readonly pool: string; readonly to: string }
  | { readonly do: 'moveCpu'; readonly cpu: Cpu; readonly to: string }
  | { readonly do: 'setCpuOnline'; readonly cpu: Cpu; readonly online: boolean }
  | { readonly do: 'setPoolNodes'; readonly pool: string; readonly nodes: readonly NodeId[] | null }
  | { readonly do: 'setPoolParams'; readonly pool: string; readonly params: SchedulerParams }
  | {
      readonly do: 'setPoolScheduler';
      readonly pool: string;
      readonly scheduler: SchedulerName;
      readonly params: SchedulerParams;
    }
  | { readonly do: 'createDomain'; readonly spec: DomainSpec }
  | { readonly do: 'destroyDomain'; readonly domain: DomainId }
  | { readonly do: 'renameDomain'; readonly domain: DomainId; readonly to: string }
  | {
      readonly do: 'moveDomain';
      readonly domain: DomainId;
      readonly to: string;
      readonly scheduling: Scheduling;
    }
  | { readonly do: 'setScheduling'; readonly domain: DomainId; readonly scheduling: Scheduling }
  | { readonly do: 'setPaused'; readonly domain: DomainId; readonly paused: boolean }
  | { readonly do: 'releaseDomain'; readonly domain: DomainId }
  | { readonly do: 'shutdownDomain'; readonly domain: DomainId };

/** Carries one step to the host. */
export function applyStep(host: Host, step: Step): Promise<Outcome<void>> {
  switch (step.do) {
    case 'createPool':
      return host.createPool(step.pool, step.scheduler);
    case 'destroyPool':
      return host.destroyPool(step.pool);
    case 'renamePool':
      return host.renamePool(step.pool, step.to);
    case 'moveCpu':
      return host.moveCpu(step.cpu, step.to);
    case 'setCpuOnline':
      return host.setCpuOnline(step.cpu, step.online);
    case 'setPoolNodes':
      return host.setPoolNodes(step.pool, step.nodes);
    case 'setPoolParams':
      return host.setPoolParams(step.pool, step.params);
    case 'setPoolScheduler':
      return host.setPoolScheduler(step.pool, step.scheduler, step.params);
    case 'createDomain':
      return host.createDomain(step.spec);
    case 'destroyDomain':
      return host.destroyDomain(step.domain);
    case 'renameDomain':
      return host.renameDomain(step.domain, step.to);
    case 'moveDomain':
      return host.moveDomain(step.domain, step.to, step.scheduling);
    case 'setScheduling':
      return host.setScheduling(step.domain, step.scheduling);
    case 'releaseDomain':
      return host.releaseDomain!(step.domain);
    case 'shutdownDomain':
      return host.shutdownDomain(step.domain);
    case 'setPaused':
      return host.setPaused(step.domain, step.paused);
  }
}

/** The step in words, for `--dry-run`, events and the log. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'createPool':
      return `create pool ${step.pool} with scheduler ${step.scheduler}`;
    case 'destroyPool':
      return `destroy pool ${step.pool}`;
    case 'renamePool':
      return `rename pool ${step.pool} to ${step.to}`;
    case 'moveCpu':
      return `move cpu ${step.cpu} to ${step.to}`;
    case 'setCpuOnline':
      return `take cpu ${step.cpu} ${step.online ? 'online' : 'offline'}`;
    case 'setPoolNodes':
      return step.nodes === null
        ? `untie the memory of ${step.pool} from nodes`
        : `tie the memory of ${step.pool} to node ${step.nodes.join(',')}`;
    case 'setPoolParams':
      return `set ${step.pool} ${paramsInWords(step.params)}`;
    case 'setPoolScheduler':
      return `give ${step.pool} scheduler ${[step.scheduler, paramsInWords(step.params)].filter(Boolean).join(' ')}`;
    case 'createDomain': {
      const { name, id, pool, adopted } = step.spec;
      return adopted === undefined
        ? `create domain ${name} (id ${id}) in ${pool}`
        : `adopt ${adoptableInWords(adopted)} as domain ${name} (id ${id}) in ${pool}`;
    }
    case 'releaseDomain':
      return `release domain ${step.domain}`;
    case 'destroyDomain':
      return `destroy domain ${step.domain}`;
    case 'renameDomain':
      return `rename domain ${step.domain} to ${step.to}`;
    case 'moveDomain':
      return `move domain ${step.domain} to ${step.to}: ${schedulingInWords(step.scheduling)}`;
    case 'setScheduling':
      return `set domain ${step.domain}: ${schedulingInWords(step.scheduling)}`;
    case 'shutdownDomain':
      return `ask domain ${step.domain} to shut down`;
    case 'setPaused':
      return `${step.paused ? 'pause' : 'unpause'} domain ${step.domain}`;
  }
}

/** `timesliceMs=30 ratelimitUs=1000`, `frameUs=20000 slots=5/0:10000,6/0:5000` (domain/vcpu:us). */
export function paramsInWords({ schedule, ...numbers }: SchedulerParams): string {
  const words = Object.entries(numbers).map(([name, value]) => `${name}=${value}`);
  if (schedule === undefined) return words.join(' ');
  const slots = schedule.slots.map(({ domain, vcpu, runUs }) => `${domain}/${vcpu}:${runUs}`);
  return [...words, `frameUs=${schedule.frameUs}`, `slots=${slots.join(',') || 'none'}`].join(' ');
}

/** `process 123`, `unit web.service`, `libvirt guest vm1` */
export function adoptableInWords(adopted: Adoptable): string {
  if ('pid' in adopted) return `process ${adopted.pid}`;
  return 'unit' in adopted ? `unit ${adopted.unit}` : `libvirt guest ${adopted.libvirt}`;
}

/** `weight 256, cap 0, cpus all`; what differs a vcpu: `cpus 4-5 / all`. */
function schedulingInWords({ weight, cap, affinity, reservations }: Scheduling): string {
  const pins = affinity.map(({ hard }) => (hard === null ? 'all' : formatCpuList(hard)));
  const words = `weight ${weight}, cap ${cap}, cpus ${eachVcpu(pins)}`;
  return reservations === undefined
    ? words
    : `${words}, reserved ${eachVcpu(reservations.map(reservationInWords))}`;
}

/** `4000 us in 10000 us and extratime` */
export const reservationInWords = ({ periodUs, budgetUs, extratime }: Reservation): string =>
  `${budgetUs} us in ${periodUs} us${extratime ? ' and extratime' : ''}`;

/** Once where all vcpus agree, else one a vcpu. */
const eachVcpu = (words: readonly string[]) =>
  words.every((word) => word === words[0]) ? words[0] : words.join(' / ');
