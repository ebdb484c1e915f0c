import type { Fidelity, SchedulerParams } from '../../interface/host.ts';

/** `tslice=30ms ratelimit=1000us migration-delay=0us`, as xl writes them; `frame=20000us`: its slots are a table. */
export function paramsText(params: SchedulerParams): string {
  const parts = [
    ['tslice', params.timesliceMs, 'ms'],
    ['ratelimit', params.ratelimitUs, 'us'],
    ['migration-delay', params.migrationDelayUs, 'us'],
    ['frame', params.schedule?.frameUs, 'us'],
    ['slots', params.schedule?.slots.length, ''],
  ] as const;
  return parts
    .filter(([, value]) => value !== undefined)
    .map(([name, value, unit]) => `${name}=${value}${unit}`)
    .join(' ');
}

/** How near a scheduler comes to Xen's of its name. */
export const fidelityText = ({ how, why }: Fidelity): string => `${how}: ${why}`;
