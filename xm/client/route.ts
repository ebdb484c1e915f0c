import type { ChangeRequest } from '../../interface/requests.ts';
import type { Request } from './http.ts';

/** Where in the API a change is asked for. */
export function route(request: ChangeRequest): Request {
  switch (request.kind) {
    case 'pool-create': {
      const { kind: _, ...body } = request;
      return { method: 'POST', path: '/v1/pools', body };
    }
    case 'pool-modify': {
      const { kind: _, pool, ...body } = request;
      return { method: 'PATCH', path: poolPath(pool), body };
    }
    case 'pool-destroy':
      return { method: 'DELETE', path: poolPath(request.pool) };
    case 'domain-create': {
      const { kind: _, ...body } = request;
      return { method: 'POST', path: '/v1/domains', body };
    }
    case 'domain-modify': {
      const { kind: _, domain, ...body } = request;
      return { method: 'PATCH', path: domainPath(domain), body };
    }
    case 'domain-destroy':
      return { method: 'DELETE', path: domainPath(request.domain) };
    case 'domain-release':
      return { method: 'POST', path: `${domainPath(request.domain)}/release` };
    case 'domain-shutdown':
      return { method: 'POST', path: `${domainPath(request.domain)}/shutdown` };
    case 'cpu-modify':
      return { method: 'PATCH', path: `/v1/cpus/${request.cpu}`, body: { online: request.online } };
  }
}

export const poolPath = (pool: string) => `/v1/pools/${encodeURIComponent(pool)}`;
export const domainPath = (domain: string) => `/v1/domains/${encodeURIComponent(domain)}`;
