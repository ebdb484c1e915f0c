import { formatCpuList } from './cpu-list.ts';
import { DOMAIN0_NAME, LIMITS, POOL0 } from './words.ts';

/**
 * Everything that can be refused, one code each. A refusal is one sentence: what was asked, why not; then what would
 * work. The objects in the way are fields, so that a program can read them too.
 */
export type Refusal =
  // names
  | { readonly code: 'unknown-pool'; readonly pool: string }
  | { readonly code: 'pool-exists'; readonly pool: string }
  | {
      readonly code: 'bad-name';
      readonly of: 'pool' | 'domain';
      readonly name: string;
      readonly why: NameFault;
    }
  | { readonly code: 'unknown-domain'; readonly domain: string }
  | { readonly code: 'domain-exists'; readonly domain: string; readonly id: number }
  // cpus
  | { readonly code: 'bad-cpu-list'; readonly text: string; readonly at: number; readonly word: string }
  | { readonly code: 'unknown-cpu'; readonly cpu: number; readonly cpus?: number }
  | { readonly code: 'cpu-offline'; readonly cpu: number }
  | { readonly code: 'cpu-named-twice'; readonly cpu: number }
  | { readonly code: 'cpu-owned'; readonly cpu: number; readonly owner: string; readonly pool: string }
  | { readonly code: 'cpus-unclear'; readonly given: 'both' | 'neither' }
  | { readonly code: 'bad-cpu-count'; readonly count: string; readonly cpus?: number }
  | { readonly code: 'too-few-cpus'; readonly pool: string; readonly wanted: number; readonly spare: number }
  | { readonly code: 'boot-cpu-stays' }
  // pools
  | { readonly code: 'pool0-stays'; readonly what: 'destroyed' | 'renamed' }
  | { readonly code: 'pool0-takes-the-rest' }
  | { readonly code: 'pool-has-members'; readonly pool: string; readonly domains: readonly number[] }
  | { readonly code: 'pool-has-cpus'; readonly pool: string; readonly cpus: readonly number[] }
  | { readonly code: 'pool-would-starve'; readonly pool: string; readonly domains: readonly number[] }
  | { readonly code: 'pool-needs-a-cpu'; readonly pool: string }
  | { readonly code: 'too-many-pools'; readonly limit: number }
  | { readonly code: 'change-under-way'; readonly pool: string; readonly other: string }
  | {
      readonly code: 'pool-changed';
      readonly pool: string;
      readonly expected: number;
      readonly found: number;
    }
  // schedulers
  | { readonly code: 'unknown-scheduler'; readonly scheduler: string; readonly offered: readonly string[] }
  | { readonly code: 'scheduler-fixed'; readonly pool: string; readonly scheduler: string }
  | {
      readonly code: 'other-scheduler';
      readonly pool: string;
      readonly scheduler: string;
      readonly expected: string;
    }
  | {
      readonly code: 'vcpus-without-time';
      readonly pool: string;
      readonly scheduler: string;
      readonly domains: readonly number[];
      readonly why: string;
    }
  | { readonly code: 'simulated-only'; readonly scheduler: string; readonly offered: readonly string[] }
  | {
      readonly code: 'scheduler-unfit';
      readonly pool: string;
      readonly scheduler: string;
      readonly why: string;
    }
  | {
      readonly code: 'too-few-own-cpus';
      readonly pool: string;
      readonly vcpus: number;
      readonly cpus: number;
    }
  | {
      readonly code: 'over-reserved';
      readonly pool: string;
      readonly reservedPercent: number;
      readonly offeredPercent: number;
    }
  | { readonly code: 'pinned-reservation'; readonly domain: string; readonly pool: string }
  | {
      readonly code: 'unknown-parameter';
      readonly parameter: string;
      readonly scheduler: string;
      readonly known: readonly string[];
    }
  | { readonly code: 'out-of-range'; readonly what: string; readonly value: string; readonly range: string }
  // memory
  | { readonly code: 'unknown-node'; readonly node: number; readonly nodes: readonly number[] }
  | {
      readonly code: 'too-little-memory';
      readonly wantedMib: number;
      readonly freeMib: number;
      readonly nodes: readonly number[];
      readonly pool: string;
    }
  // domains
  | {
      readonly code: 'domain0-stays';
      readonly what: 'moved' | 'destroyed' | 'paused' | 'renamed' | 'shut down';
    }
  | { readonly code: 'too-many-domains'; readonly limit: number }
  | { readonly code: 'unknown-vcpu'; readonly domain: string; readonly vcpu: number; readonly vcpus: number }
  | {
      readonly code: 'pin-outside-pool';
      readonly domain: string;
      readonly cpus: readonly number[];
      readonly pool: string;
      readonly poolCpus: readonly number[];
    }
  | { readonly code: 'command-missing'; readonly domain: string; readonly driver: string }
  | { readonly code: 'bad-command'; readonly command: string; readonly why: string }
  | { readonly code: 'domain-unclear'; readonly domain: string; readonly given: readonly string[] }
  | { readonly code: 'bad-disk'; readonly disk: string; readonly why: string }
  | { readonly code: 'bad-guest-file'; readonly what: string; readonly file: string; readonly why: string }
  | { readonly code: 'guest-failed'; readonly domain: string; readonly why: string }
  | { readonly code: 'guest-silent'; readonly domain: string; readonly why: string }
  | { readonly code: 'domain-paused'; readonly domain: string }
  | { readonly code: 'not-adopted'; readonly domain: string }
  | { readonly code: 'cannot-adopt'; readonly what: string; readonly why: string; readonly remedy: string }
  // what was sent
  | { readonly code: 'usage'; readonly why: string; readonly hint: string }
  | {
      readonly code: 'bad-config';
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly why: string;
    }
  | {
      readonly code: 'bad-scenario';
      readonly file: string;
      readonly line: number;
      readonly field: string;
      readonly why: string;
    }
  | { readonly code: 'bad-topology'; readonly file: string; readonly why: string }
  | { readonly code: 'bad-uri'; readonly uri: string; readonly why: string }
  | { readonly code: 'unreadable-file'; readonly file: string; readonly why: string }
  | { readonly code: 'bad-request'; readonly field: string; readonly why: string }
  | { readonly code: 'request-too-large'; readonly limit: number }
  | { readonly code: 'no-such-page'; readonly page: string }
  | { readonly code: 'read-only' }
  // xend and its host
  | { readonly code: 'state-unwritable'; readonly path: string; readonly why: string }
  | { readonly code: 'state-newer'; readonly path: string; readonly found: number; readonly known: number }
  | { readonly code: 'state-damaged'; readonly path: string; readonly line: number }
  | { readonly code: 'already-running'; readonly path: string }
  | { readonly code: 'no-xend'; readonly socket: string; readonly why: string }
  | { readonly code: 'xend-failed'; readonly log: string; readonly why: string; readonly remedy?: string }
  | { readonly code: 'other-host'; readonly wanted: string; readonly running: string }
  | { readonly code: 'stopping' }
  | { readonly code: 'internal'; readonly request: string }
  | { readonly code: 'not-offered'; readonly what: string; readonly driver: string }
  | { readonly code: 'program-missing'; readonly program: string; readonly package: string }
  | { readonly code: 'host-unfit'; readonly driver: string; readonly why: string; readonly remedy: string }
  | { readonly code: 'domains-run'; readonly domains: readonly number[] }
  | { readonly code: 'cpu-held'; readonly cpu: number; readonly holder: string }
  | { readonly code: 'kernel-refused'; readonly step: string; readonly why: string; readonly remedy?: string }
  | { readonly code: 'systemd-refused'; readonly step: string; readonly why: string }
  | {
      readonly code: 'host-failed';
      readonly step: string;
      readonly why: string;
      readonly undone: boolean;
      /** What to do about the reason, where the host says so. */
      readonly remedy?: string;
    };

export type RefusalCode = Refusal['code'];
export type NameFault =
  | 'empty'
  | 'too long'
  | 'a slash'
  | 'a control character'
  | 'white space'
  | 'a number'
  | 'a dot name'
  | 'a leading dash'
  | 'an equals sign';

/** What a refusal says: `sentence` is what was asked and why not, `remedy` the way out. */
export interface Explanation {
  readonly sentence: string;
  readonly remedy: string;
}

const CPUS = 'xm pool-list shows who has which cpu';

export function explain(refusal: Refusal): Explanation {
  const says = (sentence: string, remedy: string): Explanation => ({ sentence, remedy });
  const r = refusal;
  switch (r.code) {
    case 'unknown-pool':
      return says(`there is no pool ${quote(r.pool)}`, 'xm pool-list shows the pools');
    case 'pool-exists':
      return says(
        `there is a pool ${quote(r.pool)} already`,
        'choose another name, or change that one with xm pool-modify',
      );
    case 'bad-name':
      return says(
        `${quote(r.name)} cannot name a ${r.of}: it ${nameFault(r.why)}`,
        `use up to ${LIMITS.nameLength} letters, digits and - _ . : +`,
      );
    case 'unknown-domain':
      return says(`there is no domain ${quote(r.domain)}`, 'xm list shows the domains');
    case 'domain-exists':
      return says(
        `there is a domain ${quote(r.domain)} already (id ${r.id})`,
        'give the new one another name, or destroy that one first',
      );
    case 'bad-cpu-list':
      return says(
        `cannot read the cpu list ${quote(r.text)}: ${quote(r.word)} at character ${r.at + 1} is no cpu and no range`,
        'write it like 1,3,5 or 6-9',
      );
    case 'unknown-cpu':
      return says(
        r.cpus === undefined
          ? `there is no cpu ${r.cpu}`
          : `there is no cpu ${r.cpu}: this host has ${r.cpus}, numbered 0-${r.cpus - 1}`,
        CPUS,
      );
    case 'cpu-offline':
      return says(
        `cpu ${r.cpu} is offline`,
        `take it online first (xm cpu-online ${r.cpu}), or choose another`,
      );
    case 'cpu-named-twice':
      return says(`cpu ${r.cpu} is named twice`, 'name each cpu once');
    case 'cpu-owned':
      return says(
        `cannot give cpu ${r.cpu} to ${r.pool}: it belongs to ${r.owner}`,
        `take it from ${r.owner} first (xm pool-modify ${r.owner} ...); only ${POOL0} gives cpus away`,
      );
    case 'cpus-unclear':
      return r.given === 'both'
        ? says('both ncpu= and cpu= were given', 'give the number of cpus or the cpus, not both')
        : says('neither ncpu= nor cpu= was given', 'say how many cpus (ncpu=4) or which (cpu=1,3,5)');
    case 'bad-cpu-count':
      return says(
        `a pool cannot have ${number(r.count)} cpus`,
        r.cpus === undefined
          ? 'give a whole number of at least 1'
          : `give a whole number from 1 to ${Math.max(1, r.cpus - 1)}: this host has ${r.cpus}, and ${POOL0} keeps cpu 0`,
      );
    case 'too-few-cpus':
      return says(
        `${POOL0} cannot spare ${count(r.wanted, 'cpu')} for ${r.pool}: ${r.spare === 0 ? 'it has none to give' : `it has ${r.spare} to give`} (it keeps cpu 0)`,
        'ask for fewer, or shrink or destroy another pool first',
      );
    case 'boot-cpu-stays':
      return says(`cpu 0 cannot leave ${POOL0}`, 'choose another cpu: cpu 0 runs the host itself');
    case 'pool0-stays':
      return says(
        `${POOL0} cannot be ${r.what}`,
        `${POOL0} is where every cpu and domain without a pool of its own belongs; change the other pools`,
      );
    case 'pool0-takes-the-rest':
      return says(
        `the cpus of ${POOL0} cannot be set: it has those that no other pool has`,
        'change the other pools (xm pool-modify POOL ncpu=...), what they give up comes back to it',
      );
    case 'pool-has-members':
      return says(
        `cannot destroy ${r.pool}: ${domains(r.domains)} still in it`,
        `move ${them(r.domains)} (xm pool-migrate ${r.domains[0]} ${POOL0}) or destroy ${them(r.domains)} first`,
      );
    case 'pool-has-cpus':
      return says(
        `cannot destroy ${r.pool}: it still has cpus ${formatCpuList(r.cpus)}`,
        `give them to ${POOL0} first`,
      );
    case 'pool-would-starve':
      return says(
        `cannot take the last cpu from ${r.pool}: ${domains(r.domains)} still in it`,
        `leave it a cpu, or move ${them(r.domains)} first (xm pool-migrate ${r.domains[0]} ${POOL0})`,
      );
    case 'pool-needs-a-cpu':
      return says(
        `${r.pool} has no cpu, a domain there would never run`,
        `give it one first (xm pool-modify ${r.pool} ncpu=1)`,
      );
    case 'too-many-pools':
      return says(`there are ${r.limit} pools already, more this host does not take`, 'destroy one first');
    case 'change-under-way':
      return says(
        `another change to ${r.pool} is under way (${r.other})`,
        `look at it when it is done (xm pool-list ${r.pool}), then try again`,
      );
    case 'pool-changed':
      return says(
        `${r.pool} has been changed by somebody else since you looked (generation ${r.found}, you saw ${r.expected})`,
        `look at it again (xm pool-list ${r.pool}), then repeat the command`,
      );
    case 'unknown-scheduler':
      return says(`this host has no scheduler ${quote(r.scheduler)}`, `it offers ${r.offered.join(', ')}`);
    case 'scheduler-fixed':
      return says(
        `cannot change the scheduler of ${r.pool} to ${r.scheduler}: this host fixes it when a pool is created`,
        'create a second pool with it and move the domains there',
      );
    case 'other-scheduler':
      return says(
        `${r.pool} has scheduler ${r.scheduler}, not ${r.expected}`,
        `use xm sched-${r.scheduler}, or give the pool the other scheduler (xm pool-modify ${r.pool} sched=${r.expected})`,
      );
    case 'vcpus-without-time':
      return says(
        `cannot change the scheduler of ${r.pool} to ${r.scheduler}: ${r.why}`,
        r.scheduler === 'null'
          ? 'give the pool more cpus or move a domain away first; or insist with --force'
          : 'say who runs when in the same command (frame_us=20000 slots=DOMAIN/0:10000,...); or insist with --force',
      );
    case 'simulated-only':
      return says(
        `${r.scheduler} is simulated only: this host has nothing like it`,
        `try it on the embedded host or with xm simulate; here there are ${r.offered.join(', ')}`,
      );
    case 'scheduler-unfit':
      return says(
        `${r.pool} cannot have scheduler ${r.scheduler}: ${r.why}`,
        `create a pool for it (xm pool-create NAME ncpu=N sched=${r.scheduler})`,
      );
    case 'too-few-own-cpus':
      return says(
        r.vcpus > r.cpus
          ? `${r.pool} would have ${count(r.vcpus, 'vcpu')} for ${count(r.cpus, 'cpu')}, and null gives each one of its own`
          : `the ${count(r.vcpus, 'vcpu')} of ${r.pool} cannot each have one of its ${count(r.cpus, 'cpu')} alone: too many are pinned to the same`,
        'give the pool more cpus or another scheduler, or the domain fewer vcpus',
      );
    case 'over-reserved':
      return says(
        `the reservations in ${r.pool} would come to ${r.reservedPercent} percent of a cpu, and it can promise ${r.offeredPercent}`,
        'reserve less (xm sched-rtds), or give the pool more cpus',
      );
    case 'pinned-reservation':
      return says(
        `${r.domain} is pinned to some of the cpus of ${r.pool}: under rtds this host lets no vcpu be pinned inside its pool`,
        `take the pin away (xm vcpu-pin ${r.domain} all all), or choose a pool with another scheduler`,
      );
    case 'unknown-parameter':
      return says(
        `scheduler ${r.scheduler} has no parameter ${quote(r.parameter)}`,
        r.known.length === 0 ? 'it has none at all' : `it has ${r.known.join(', ')}`,
      );
    case 'out-of-range':
      return says(`${r.what} cannot be ${number(r.value)}`, `give ${r.range}`);
    case 'unknown-node':
      return says(`there is no node ${r.node}`, `this host has node ${formatCpuList(r.nodes)}`);
    case 'too-little-memory':
      return says(
        `not enough memory for ${r.pool}: ${r.wantedMib} MiB wanted, ${r.freeMib} MiB free on node ${formatCpuList(r.nodes)}`,
        `make it smaller, free memory there, or let the pool use more nodes (xm pool-modify ${r.pool} node=...)`,
      );
    case 'domain0-stays':
      return says(`${DOMAIN0_NAME} cannot be ${r.what}`, `it is the control domain and stays in ${POOL0}`);
    case 'too-many-domains':
      return says(`there are ${r.limit} domains already, more this host does not take`, 'destroy one first');
    case 'unknown-vcpu':
      return says(
        `domain ${r.domain} has no vcpu ${r.vcpu}`,
        `it has ${r.vcpus}, numbered 0-${r.vcpus - 1}; all means each of them`,
      );
    case 'pin-outside-pool':
      return says(
        `cannot pin ${r.domain} to ${r.cpus.length === 1 ? 'cpu' : 'cpus'} ${formatCpuList(r.cpus)}, not in its pool ${r.pool}`,
        `name at least one of ${formatCpuList(r.poolCpus)}, or move the domain first`,
      );
    case 'command-missing':
      return says(
        `${r.domain} names no command to run: on the ${r.driver} host a domain is one`,
        'give it one (exec = ["/usr/bin/make", "-j4"] in its file), or a kernel or a disk',
      );
    case 'bad-command':
      return says(
        `cannot run ${quote(r.command)}: ${r.why}`,
        'exec is a list of words, the first a program: its whole path, or a name in PATH',
      );
    case 'domain-unclear':
      return says(
        `${r.domain} cannot be ${r.given.slice(0, -1).join(', ')} and ${r.given.at(-1)} at once`,
        'leave one in its file',
      );
    case 'bad-disk':
      return says(
        `cannot use the disk ${quote(r.disk)}: ${r.why}`,
        'write it like format=raw,vdev=xvda,target=/srv/web.img (see xl-disk-configuration(5))',
      );
    case 'bad-guest-file':
      return says(
        `cannot use ${quote(r.file)} as the ${r.what}: ${r.why}`,
        'give its whole path on the host where the guest is to run',
      );
    case 'guest-failed':
      return says(`the guest ${r.domain} did not start: ${r.why}`, 'its file names what QEMU was to use');
    case 'guest-silent':
      return says(
        `the guest ${r.domain} could not be told: ${r.why}`,
        `try again, or end it (xm destroy ${r.domain})`,
      );
    case 'domain-paused':
      return says(
        `${r.domain} is paused, and hears nothing`,
        `let it run first (xm unpause ${r.domain}), or end it (xm destroy ${r.domain})`,
      );
    case 'not-adopted':
      return says(
        `${r.domain} cannot be released: it was started here, and never was anything else`,
        `end it instead (xm destroy ${r.domain})`,
      );
    case 'cannot-adopt':
      return says(`cannot adopt ${r.what}: ${r.why}`, r.remedy);
    case 'program-missing':
      return says(
        `there is no ${r.program} on this host`,
        `install it (on Debian: apt install ${r.package})`,
      );
    case 'usage':
      return says(r.why, r.hint);
    case 'bad-config':
      return says(
        `${r.file}, line ${r.line}, column ${r.column}: ${r.why}`,
        'domain files have lines like memory = 512 (see xl.cfg(5))',
      );
    case 'bad-scenario':
      return says(
        `${r.file}, line ${r.line}: ${r.field}: ${r.why}`,
        'xm simulate --help shows a whole scenario',
      );
    case 'bad-topology':
      return says(`cannot use ${r.file} as a topology: ${r.why}`, 'write one with hwloc 2: lstopo host.xml');
    case 'bad-uri':
      return says(
        `cannot connect to ${quote(r.uri)}: ${r.why}`,
        'use embedded: (also embedded:?cpus=16), or the path of a xend socket',
      );
    case 'unreadable-file':
      return says(`cannot read ${r.file}: ${r.why}`, 'check the path and its permissions');
    case 'bad-request':
      return says(
        `the request is not understood: ${r.field}: ${r.why}`,
        'GET /openapi.json describes every request',
      );
    case 'request-too-large':
      return says(`the request is larger than ${r.limit} bytes`, 'send a smaller one');
    case 'no-such-page':
      return says(`there is no ${r.page} here`, 'GET /openapi.json lists what there is');
    case 'read-only':
      return says(
        'this is the read-only socket, it changes nothing',
        'use the other socket, which belongs to the administrator',
      );
    case 'state-unwritable':
      return says(
        `cannot write ${r.path}: ${r.why}`,
        'nothing was changed; make room or make it writable, then try again',
      );
    case 'state-newer':
      return says(
        `${r.path} was written by a newer xend (format ${r.found}, this one knows ${r.known})`,
        'start the newer xend, or move that directory away to begin anew',
      );
    case 'state-damaged':
      return says(
        `${r.path} is damaged in line ${r.line}, and not at its end`,
        'restore it from a backup, or move it away: xend then starts from what the host has',
      );
    case 'already-running':
      return says(
        `another xend already uses ${r.path}`,
        'stop that one first (xend --stop), or give this one another --state',
      );
    case 'no-xend':
      return says(
        `no xend answers at ${r.socket}: ${r.why}`,
        'start it (systemctl start xend, or xend), or name another with --connect',
      );
    case 'other-host':
      return says(
        `the xend that is running serves ${r.running}, not ${r.wanted}`,
        'stop that one first (xend --stop), or leave out --connect',
      );
    case 'xend-failed':
      return says(
        `a private xend did not start: ${r.why}`,
        `${r.remedy === undefined ? '' : `${r.remedy}; `}its log is ${r.log}`,
      );
    case 'stopping':
      return says('xend is stopping', 'try again in a moment');
    case 'internal':
      return says(
        `xend made a mistake while it answered ${r.request}`,
        'its log says more; look at the state (xm pool-list) before you try again',
      );
    case 'not-offered':
      return says(`the ${r.driver} host does not offer ${r.what}`, 'xm info shows what it offers');
    case 'host-unfit':
      return says(`the ${r.driver} driver cannot have pools here: ${r.why}`, r.remedy);
    case 'domains-run':
      return says(
        `cannot give the host back: ${domains(r.domains)} still there`,
        `destroy ${them(r.domains)} first (xm destroy ${r.domains[0]})`,
      );
    case 'cpu-held':
      return says(
        `cannot take cpu ${r.cpu}: the cgroup ${quote(r.holder)}, which is no pool, claims it`,
        'let its owner give the cpu up first, or choose another',
      );
    case 'kernel-refused':
      return says(`the kernel did not ${r.step}: ${r.why}`, r.remedy ?? 'see xm info for what is in its way');
    case 'systemd-refused':
      return says(`systemd did not ${r.step}: ${r.why}`, 'it is as it was before; see systemctl status');
    case 'host-failed':
      return says(
        `the host failed to ${r.step}: ${r.why}`,
        r.undone
          ? ['everything done before was taken back; nothing has changed', r.remedy]
              .filter(Boolean)
              .join('; ')
          : 'what was done could not be taken back: see xm info and xm events',
      );
  }
}

const count = (n: number, noun: string) => (n === 1 ? `${n} ${noun}` : `${n} ${noun}s`);

const them = (ids: readonly number[]) => (ids.length === 1 ? 'it' : 'them');

function domains(ids: readonly number[]): string {
  if (ids.length === 1) return `domain ${ids[0]} is`;
  const shown = ids.length > 8 ? [...ids.slice(0, 8), `${ids.length - 8} more`] : ids;
  return `domains ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)} are`;
}

/** A number as it was given; anything else quoted. */
const number = (text: string) => (/^-?\d[\d.e+]*$/.test(text) ? text : quote(text));

/** A name from outside, made safe for one line of a terminal. */
function quote(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const nameFault = (why: NameFault): string =>
  why === 'empty' || why === 'too long' || why === 'a number' || why === 'a dot name'
    ? `is ${why}`
    : `has ${why}`;
