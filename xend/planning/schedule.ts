import {
  done,
  type HostState,
  LIMITS,
  type Outcome,
  refuse,
  type Schedule,
  type ScheduleRequest,
  type Slot,
} from '../../interface/index.ts';
import { checkWhole } from './bounds.ts';
import { findDomain } from './occupancy.ts';

/** A schedule as asked for, its domains by id. What Xen takes is taken: also a slot of a domain in another pool. */
export function readSchedule(state: HostState, { frameUs, slots }: ScheduleRequest): Outcome<Schedule> {
  const refused =
    checkWhole('frameUs', frameUs, LIMITS.frameUs.min, LIMITS.frameUs.max) ??
    checkWhole('the number of slots', slots.length, 1, LIMITS.slots);
  if (refused) return refused;
  const read: Slot[] = [];
  for (const slot of slots) {
    const one = readSlot(state, slot);
    if (!one.ok) return one;
    read.push(one.value);
  }
  const sumUs = read.reduce((sum, { runUs }) => sum + runUs, 0);
  if (sumUs <= frameUs) return done({ frameUs, slots: read });
  return refuse({
    code: 'out-of-range',
    what: 'frameUs',
    value: String(frameUs),
    range: `at least ${sumUs}, the sum of its slots`,
  });
}

function readSlot(
  state: HostState,
  { domain, vcpu, runUs }: ScheduleRequest['slots'][number],
): Outcome<Slot> {
  const found = findDomain(state, domain);
  if (!found.ok) return found;
  const { id, name, vcpus } = found.value;
  if (!Number.isInteger(vcpu) || vcpu < 0 || vcpu >= vcpus)
    return refuse({ code: 'unknown-vcpu', domain: name, vcpu, vcpus });
  return checkWhole('runUs', runUs, 1, LIMITS.frameUs.max) ?? done({ domain: id, vcpu, runUs });
}
