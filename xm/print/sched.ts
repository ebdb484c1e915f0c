import { DEFAULT_RESERVATION } from '../../interface/scheduling.ts';
import type { DomainView, PoolView } from '../../interface/views.ts';
import { table } from './table.ts';

/** Weights and caps, as xl's sched-credit has them. */
export function weightTable(domains: readonly DomainView[], color: boolean): string {
  return table(
    domains,
    [
      { title: 'Name', cell: (domain) => domain.name },
      { title: 'ID', right: true, cell: (domain) => `${domain.id}` },
      { title: 'Weight', right: true, cell: (domain) => `${domain.weight}` },
      { title: 'Cap', right: true, cell: (domain) => `${domain.cap}` },
    ],
    color,
  );
}

/** A row a vcpu; xl shows a domain's defaults here, whatever its vcpus have. */
export function reservationTable(domains: readonly DomainView[], color: boolean): string {
  const rows = domains.flatMap((domain) =>
    domain.vcpuList.map(({ vcpu }) => {
      const reservation = domain.reservations?.[vcpu] ?? DEFAULT_RESERVATION;
      return { domain, vcpu, ...reservation };
    }),
  );
  return table(
    rows,
    [
      { title: 'Name', cell: ({ domain }) => domain.name },
      { title: 'ID', right: true, cell: ({ domain }) => `${domain.id}` },
      { title: 'VCPU', right: true, cell: ({ vcpu }) => `${vcpu}` },
      { title: 'Period', right: true, cell: ({ periodUs }) => `${periodUs}` },
      { title: 'Budget', right: true, cell: ({ budgetUs }) => `${budgetUs}` },
      { title: 'Extratime', cell: ({ extratime }) => (extratime ? 'yes' : 'no') },
    ],
    color,
  );
}

/** A row a slot, in the order of the frame, then what is left of it. */
export function scheduleTable(pool: PoolView, domains: readonly DomainView[], color: boolean): string {
  const { frameUs, slots } = pool.params.schedule ?? { frameUs: 0, slots: [] };
  let atUs = 0;
  const rows = slots.map(({ domain, vcpu, runUs }) => {
    const name = domains.find(({ id }) => id === domain)?.name ?? '-';
    const row = { atUs, runUs, name, id: `${domain}`, vcpu: `${vcpu}` };
    atUs += runUs;
    return row;
  });
  if (atUs < frameUs) rows.push({ atUs, runUs: frameUs - atUs, name: '(idle)', id: '', vcpu: '' });
  return table(
    rows,
    [
      { title: 'Start(us)', right: true, cell: (row) => `${row.atUs}` },
      { title: 'Run(us)', right: true, cell: (row) => `${row.runUs}` },
      { title: 'Name', cell: (row) => row.name },
      { title: 'ID', right: true, cell: (row) => row.id },
      { title: 'VCPU', right: true, cell: (row) => row.vcpu },
    ],
    color,
  );
}
