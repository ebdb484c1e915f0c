import type { ChangeRequest, DomainModify, Pin, PoolModify } from '../../interface/requests.ts';
import { DEFAULT_RESERVATION } from '../../interface/scheduling.ts';
import { reservationInWords } from '../../interface/steps.ts';
import type { ChangeView, DomainSetup, PoolView } from '../../interface/views.ts';
import { affinityText } from './long.ts';
import { cpusWords } from './numbers.ts';
import { paramsText } from './params.ts';

/** What a change came to, in one line: how things are now, as far as the request was about them. */
export function confirmation(request: ChangeRequest, change: ChangeView): string {
  const text = outcome(request, change);
  return change.changed ? text : `nothing to do: ${text}`;
}

function outcome(request: ChangeRequest, { pool, domain }: ChangeView): string {
  switch (request.kind) {
    case 'pool-create':
      return `${request.name} has ${cpusWords(pool?.cpuList ?? '')}`;
    case 'pool-modify':
      return pool === undefined ? `${request.pool} is changed` : poolText(request, pool);
    case 'pool-destroy':
      return `${request.pool} is destroyed`;
    case 'domain-create':
      return domain === undefined
        ? `${request.name} is created`
        : `${domain.name} is domain ${domain.id} in ${domain.pool}`;
    case 'domain-modify':
      return domain === undefined ? `${request.domain} is changed` : domainText(request, domain);
    case 'domain-destroy':
      return `${request.domain} is destroyed`;
    case 'domain-release':
      return `${request.domain} runs on outside of pools`;
    case 'domain-shutdown':
      return `${request.domain} is asked to shut down`;
    case 'cpu-modify':
      return `cpu ${request.cpu} is ${request.online ? 'online' : 'offline'}`;
  }
}

function poolText(request: PoolModify, pool: PoolView): string {
  const parts: string[] = [];
  if (request.cpus !== undefined) parts.push(`has ${cpusWords(pool.cpuList)}`);
  if (request.params !== undefined) parts.push(`has ${paramsText(pool.params)}`);
  if (request.nodes === null) parts.push('takes memory from any node');
  else if (request.nodes !== undefined) parts.push(`takes memory from node ${request.nodes.join(',')} only`);
  if (request.scheduler !== undefined) parts.push(`has scheduler ${pool.scheduler}`);
  if (request.name !== undefined) parts.push(`is called ${pool.name}`);
  return `${request.pool} ${parts.join(', ')}`;
}

function domainText(request: DomainModify, domain: DomainSetup): string {
  const parts: string[] = [];
  if (request.pool !== undefined) parts.push(`is in ${domain.pool}`);
  if (request.weight !== undefined) parts.push(`has weight ${domain.weight}`);
  if (request.cap !== undefined) parts.push(domain.cap === 0 ? 'has no cap' : `has cap ${domain.cap}%`);
  if (request.reserve !== undefined) parts.push(`has ${reservedText(domain)}`);
  if (request.pin !== undefined) return pinText(request.pin, domain);
  if (request.paused !== undefined) parts.push(request.paused ? 'is paused' : 'runs again');
  if (request.name === undefined) return `${domain.name} ${parts.join(', ')}`;
  return `${request.domain} ${[...parts, `is called ${domain.name}`].join(', ')}`;
}

const pinText = ({ vcpu }: Pin, { name, vcpuList }: DomainSetup) =>
  vcpu === 'all'
    ? `${name}: ${affinityText(vcpuList)}`
    : `${name} vcpu ${vcpu}: ${affinityText(vcpuList.filter((each) => each.vcpu === vcpu))}`;

/** `4000 us in 10000 us and extratime`, once where all vcpus agree. */
function reservedText({ vcpuList, reservations }: DomainSetup): string {
  const words = vcpuList.map(({ vcpu }) => reservationInWords(reservations?.[vcpu] ?? DEFAULT_RESERVATION));
  return new Set(words).size === 1 ? words[0]! : words.map((word, vcpu) => `vcpu ${vcpu} ${word}`).join(', ');
}
