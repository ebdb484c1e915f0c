import {
  type ChangeRequest,
  type CpuRequest,
  formatCpuList,
  type ScheduleRequest,
} from '../interface/index.ts';

/** The request as one would type it, for the journal, the events and whoever meets it under way. One line, always. */
export const requestInWords = (request: ChangeRequest): string =>
  // Names are checked only later, by the planner.
  inWords(request).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');

function inWords(request: ChangeRequest): string {
  switch (request.kind) {
    case 'pool-create':
      return `pool-create ${request.name} ${cpusInWords(request.cpus)}`;
    case 'pool-modify':
      return poolModify(request);
    case 'pool-destroy':
      return `pool-destroy ${request.pool}`;
    case 'domain-create':
      return words(
        request.adopt === undefined ? 'create' : 'adopt',
        request.name,
        ...Object.entries(request.adopt ?? {}).map(([kind, what]) => `${kind}=${what}`),
        request.pool && `pool=${request.pool}`,
      );
    case 'domain-modify':
      return domainModify(request);
    case 'domain-destroy':
      return `destroy ${request.domain}`;
    case 'domain-release':
      return `release ${request.domain}`;
    case 'domain-shutdown':
      return `shutdown ${request.domain}`;
    case 'cpu-modify':
      return `cpu-${request.online ? 'online' : 'offline'} ${request.cpu}`;
  }
}

const poolModify = (request: Extract<ChangeRequest, { kind: 'pool-modify' }>) => {
  const { pool, name, cpus, scheduler, nodes, params = {}, force } = request;
  const { schedule, ...numbers } = params;
  return words(
    `pool-modify ${pool}`,
    scheduler && `sched=${scheduler}`,
    name && `name=${name}`,
    cpus && cpusInWords(cpus),
    nodes && `node=${formatCpuList(nodes)}`,
    nodes === null && 'node=all',
    ...Object.entries(numbers).map(([parameter, value]) => `${parameter}=${value}`),
    schedule && `frameUs=${schedule.frameUs}`,
    schedule && `slots=${schedule.slots.map(slotInWords).join(',')}`,
    force && '--force',
  );
};

const slotInWords = ({ domain, vcpu, runUs }: ScheduleRequest['slots'][number]) =>
  `${domain}/${vcpu}:${runUs}`;

const domainModify = (request: Extract<ChangeRequest, { kind: 'domain-modify' }>) =>
  words(
    `modify ${request.domain}`,
    request.name && `name=${request.name}`,
    request.pool && `pool=${request.pool}`,
    request.weight !== undefined && `weight=${request.weight}`,
    request.cap !== undefined && `cap=${request.cap}`,
    request.pin && `pin=${request.pin.vcpu}`,
    request.reserve && `reserve=${request.reserve.map(({ vcpu }) => vcpu).join(',')}`,
    request.paused !== undefined && (request.paused ? 'paused' : 'unpaused'),
  );

const cpusInWords = (cpus: CpuRequest) =>
  'count' in cpus ? `ncpu=${cpus.count}` : `cpu=${formatCpuList(cpus.list)}`;

const words = (...parts: readonly (string | false | null | undefined)[]) => parts.filter(Boolean).join(' ');
