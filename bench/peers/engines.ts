// The engines that run the reference job, and how each is made ready and started.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { OFFERED } from '../../hypervisor/index.ts';
import type { SchedulerName } from '../../interface/words.ts';
import { type Kind, SETUPS } from './job.ts';

export interface Engine {
  readonly name: string;
  /** The engine of this project, against which the others are held. */
  readonly isOurs: boolean;
  /** What stands behind an event. */
  readonly models: string;
  /** Program and first arguments; KIND, SECONDS and `queue` follow. A text says why it cannot run here. */
  readonly command: readonly string[] | string;
  /** What follows SECONDS. */
  readonly variant: readonly string[];
}

/** What one run of the job took. */
export interface Run {
  readonly events: number;
  readonly cpuSeconds: number;
}

/** What every peer does, in the same words as in simpy_job.py. */
const TOY = 'toy: a queue a cpu, who wakes up preempts a hog';

/** All engines; programs that must be compiled go into `folder`, where our own job is already. */
export function engines(folder: string): Engine[] {
  const ns3 = compiled('bench/peers/ns3_job.cpp', folder, 'libns3-dev', ['-lns3-core']);
  return [
    ...OFFERED.map((scheduler) => ours(scheduler, folder)),
    {
      name: 'ns-3, default queue',
      isOurs: false,
      models: `${TOY}; callbacks`,
      command: ns3,
      variant: ['ns3::MapScheduler'],
    },
    {
      name: 'ns-3, fastest queue',
      isOurs: false,
      models: `${TOY}; callbacks`,
      command: ns3,
      variant: ['ns3::PriorityQueueScheduler'],
    },
    {
      name: 'SimGrid',
      isOurs: false,
      models: `${TOY}; actors`,
      command: compiled('bench/peers/simgrid_job.cpp', folder, 'libsimgrid-dev', ['-lsimgrid']),
      variant: [],
    },
    { name: 'SimPy', isOurs: false, models: `${TOY}; processes`, command: simpy(), variant: [] },
  ];
}

/** Debian's versions of everything that is measured. */
export function versions(): Record<string, string> {
  const packages = ['g++', 'libns3-dev', 'libsimgrid-dev', 'python3-simpy3'];
  return Object.fromEntries(
    packages.map((name) => {
      const { status, stdout } = spawnSync('dpkg-query', ['-W', name], { encoding: 'utf8' });
      return [name, status === 0 ? stdout.trim().split('\t')[1]! : 'not from Debian'];
    }),
  );
}

/** One run in a process of its own; it prints what it took. */
export function run({ name, command, variant }: Engine, kind: Kind, seconds: number): Run {
  const [program, ...first] = command as readonly string[];
  const { status, stdout, stderr } = spawnSync(program!, [...first, kind, `${seconds}`, ...variant], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} failed (status ${status}):\n${stderr}`);
  return JSON.parse(stdout) as Run;
}

function ours(scheduler: SchedulerName, folder: string): Engine {
  const note = SETUPS[scheduler]?.note;
  return {
    name: `ours, ${scheduler}`,
    isOurs: true,
    models: note === undefined ? 'the whole scheduler' : `the whole scheduler; ${note}`,
    command: [process.execPath, join(folder, 'our_job.mjs')],
    variant: [scheduler],
  };
}

function compiled(
  source: string,
  folder: string,
  name: string,
  libraries: readonly string[],
): Engine['command'] {
  const program = join(folder, name);
  const { error, status, stderr } = spawnSync('g++', ['-O3', '-o', program, source, ...libraries], {
    encoding: 'utf8',
  });
  if (error !== undefined) return `no compiler (apt-get install g++ ${name})`;
  if (status === 0) return [program];
  if (stderr.includes('No such file')) return `not installed (apt-get install ${name})`;
  throw new Error(`${source} does not compile:\n${stderr}`);
}

/** Debian's own Python is the one that Debian's package belongs to. */
function simpy(): Engine['command'] {
  const python = '/usr/bin/python3';
  const { status } = spawnSync(python, ['-c', 'import simpy']);
  return status === 0
    ? [python, 'bench/peers/simpy_job.py']
    : 'not installed (apt-get install python3-simpy3)';
}
