import {
  type AdoptableKind,
  type DomainDefinition,
  type HostDescription,
  LIMITS,
  type Refused,
  refuse,
} from '../../interface/index.ts';

/**
 * Whether a domain is what it can be on this host: where the host executes, one of a command, a guest and a declared
 * workload, to try a pool out; elsewhere it does its workload.
 */
export function checkExec(
  { driver, executes, runsGuests, adopts = [] }: HostDescription,
  { name, exec, guest, adopt, workload }: DomainDefinition,
): Refused | null {
  const [kind] = Object.keys(adopt ?? {}) as AdoptableKind[];
  if (kind !== undefined && !adopts.includes(kind)) {
    const what = { pid: 'to adopt processes', unit: 'to adopt units of systemd', libvirt: 'to adopt guests' };
    return refuse({ code: 'not-offered', what: what[kind], driver });
  }
  if (!executes)
    return exec === undefined
      ? null
      : refuse({ code: 'not-offered', what: 'commands as domains (exec)', driver });
  const given = [
    ...(exec === undefined ? [] : ['a command (exec)']),
    ...(guest === undefined || !runsGuests ? [] : ['a guest (kernel, disk)']),
    ...(adopt === undefined ? [] : ['what runs already (adopt)']),
    ...(workload === undefined ? [] : ['a workload']),
  ];
  if (given.length === 0) return refuse({ code: 'command-missing', domain: name, driver });
  if (given.length > 1) return refuse({ code: 'domain-unclear', domain: name, given });
  return exec === undefined ? null : checkWords(exec);
}

function checkWords(exec: readonly string[]): Refused | null {
  const wrong = (why: string) => refuse({ code: 'bad-request', field: 'exec', why });
  const [program] = exec;
  if (program === undefined || program === '') return wrong('names no program');
  // The stub that waits for the domain's cgroup would take it for an option of its own.
  if (program.startsWith('-')) return wrong('begins with a dash, which no program does');
  if (exec.some((word) => word.includes('\0'))) return wrong('has a word with a null character');
  if (exec.length > LIMITS.execWords)
    return wrong(`has ${exec.length} words, ${LIMITS.execWords} are the most`);
  const bytes = exec.reduce((sum, word) => sum + new TextEncoder().encode(word).length + 1, 0);
  return bytes > LIMITS.execBytes ? wrong(`has ${bytes} bytes, ${LIMITS.execBytes} are the most`) : null;
}
