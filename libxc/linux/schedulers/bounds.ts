import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { SchedulerBounds } from '../../../interface/index.ts';

/** What kernels come with. */
const USUAL_RT_PERCENT = 95;
const USUAL_PERIOD_US = { min: 100, max: 2 ** 22 };

/** What kernels since 6.12 keep of each cpu for the fair class, inside what deadline threads may have. */
const FAIR_SERVER_PERCENT = 5;
const FAIR_SERVER = '/sys/kernel/debug/sched/fair_server/cpu0';

/** What the deadline class of this kernel takes: measured 95 percent on 6.1 and 7.3, 90 on 6.12. */
export function readBounds(): SchedulerBounds {
  const runtimeUs = numberIn('sched_rt_runtime_us');
  const periodUs = numberIn('sched_rt_period_us');
  const isLimited = runtimeUs !== null && periodUs !== null;
  // -1: none is kept back.
  const percent = isLimited ? (runtimeUs < 0 ? 100 : (100 * runtimeUs) / periodUs) : USUAL_RT_PERCENT;
  return {
    reservablePercent: percent - fairServerPercent(),
    periodUs: {
      min: numberIn('sched_deadline_period_min_us') ?? USUAL_PERIOD_US.min,
      max: numberIn('sched_deadline_period_max_us') ?? USUAL_PERIOD_US.max,
    },
  };
}

/** Only debugfs tells of it, which few mount: else the kernel's version does. */
function fairServerPercent(): number {
  const [runtimeNs, periodNs] = ['runtime', 'period'].map((name) => numberAt(`${FAIR_SERVER}/${name}`));
  if (runtimeNs != null && periodNs != null) return (100 * runtimeNs) / periodNs;
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 12) ? FAIR_SERVER_PERCENT : 0;
}

const numberIn = (name: string) => numberAt(`/proc/sys/kernel/${name}`);

function numberAt(file: string): number | null {
  try {
    const value = Number(readFileSync(file, 'utf8'));
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}
