import type { RefusalCode } from './refusals.ts';

/** HTTP's word for it: 404 what is not there, 409 what is in the way, 412 what has moved on, 422 what can never be. */
export function httpStatus(code: RefusalCode): number {
  switch (code) {
    case 'unknown-pool':
    case 'unknown-domain':
    case 'no-such-page':
      return 404;
    case 'bad-request':
    case 'bad-cpu-list':
    case 'cpus-unclear':
    case 'usage':
      return 400;
    case 'read-only':
      return 403;
    case 'pool-changed':
      return 412;
    case 'request-too-large':
      return 413;
    case 'bad-name':
    case 'unknown-cpu':
    case 'cpu-named-twice':
    case 'bad-cpu-count':
    case 'unknown-scheduler':
    case 'simulated-only':
    case 'unknown-parameter':
    case 'out-of-range':
    case 'unknown-node':
    case 'unknown-vcpu':
    case 'command-missing':
    case 'bad-command':
    case 'domain-unclear':
    case 'bad-disk':
    case 'bad-guest-file':
      return 422;
    case 'host-failed':
    case 'internal':
    case 'guest-failed':
    case 'guest-silent':
    case 'not-offered':
    case 'program-missing':
    case 'host-unfit':
    case 'kernel-refused':
    case 'systemd-refused':
      return 500;
    case 'stopping':
      return 503;
    case 'state-unwritable':
      return 507;
    default:
      return 409;
  }
}

/** `xm`'s exit status: 2 where the words themselves were wrong, 1 where the host or the state of things says no. */
export function exitStatus(code: RefusalCode): 1 | 2 {
  switch (code) {
    case 'usage':
    case 'bad-cpu-list':
    case 'cpu-named-twice':
    case 'cpus-unclear':
    case 'bad-cpu-count':
    case 'bad-uri':
      return 2;
    default:
      return 1;
  }
}
