/** Somebody else who writes in the cgroup tree and takes cpus away: only in the laboratory, where that is nobody's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = '/sys/fs/cgroup';
const CPUS = '/sys/devices/system/cpu';

/** The cgroups of a situation, each after the one it is in. */
const PLACES: Readonly<Record<string, string>> = {
  top: 'tree-top',
  mid: 'tree-top/mid',
  low: 'tree-top/mid/low',
  peer: 'tree-top/mid/peer',
  twin: 'tree-top/twin',
  leaf: 'tree-top/twin/leaf',
  side: 'tree-side',
};
const CONTROLLERS = 'cgroup.subtree_control';
const STATES = ['member', 'root', 'isolated'];

export class Foreigner {
  /** A process of its own, which `task` brings into a cgroup. */
  readonly #process: ChildProcess;
  readonly #offline = new Set<string>();
  #names: string[] = [];
  /** Whether cpuset was off before he came. */
  #hasSwitchedOn = false;

  constructor() {
    this.#process = spawn('sleep', ['100000'], { stdio: 'ignore' });
  }

  /** Makes the cgroups that these words speak of. */
  enter(words: string): void {
    const spoken = new Set(words.split(' ').flatMap((word) => ancestorsOf(word.split(':')[0]!)));
    this.#names = Object.keys(PLACES).filter((name) => spoken.has(name));
    const on = readFileSync(join(ROOT, CONTROLLERS), 'utf8');
    this.#hasSwitchedOn ||= !on.split(/\s/).includes('cpuset');
    for (const name of this.#names) {
      const place = PLACES[name]!;
      write(join(place, '..', CONTROLLERS), '+cpuset');
      mkdirSync(join(ROOT, place));
    }
  }

  /** Does what the words say; those that were refused, with the kernel's word for it. */
  does(words: string): string[] {
    return words.split(' ').flatMap((word) => {
      const why = word === '' ? null : this.#do(word);
      return why === null ? [] : [`${word}(${why})`];
    });
  }

  /** What the kernel answers: `top=2/root mid=/root!`. */
  answer(): string {
    const text = (name: string, file: string) => readFileSync(join(ROOT, PLACES[name]!, file), 'utf8').trim();
    const words = this.#names.map((name) => {
      const [state, , isInvalid] = /^(\w+)( (invalid).*)?$/
        .exec(text(name, 'cpuset.cpus.partition'))!
        .slice(1);
      const says = state === 'member' ? '' : `/${state}${isInvalid ? '!' : ''}`;
      return `${name}=${text(name, 'cpuset.cpus.effective')}${says}`;
    });
    return words.join(' ');
  }

  /** Takes everything back. */
  leave(): void {
    for (const cpu of this.#offline) write(`${CPUS}/${cpu}/online`, '1');
    this.#offline.clear();
    for (const place of this.#names.toReversed().map((name) => PLACES[name]!)) {
      if (!existsSync(join(ROOT, place))) continue;
      // His own, and whom he has brought in.
      for (const pid of readFileSync(join(ROOT, place, 'cgroup.procs'), 'utf8')
        .split('\n')
        .filter(Boolean))
        write('cgroup.procs', pid);
      rmdirSync(join(ROOT, place));
    }
    this.#names = [];
  }

  /** For good; and nobody else may need his controller any more. */
  end(): void {
    this.leave();
    if (this.#hasSwitchedOn) write(CONTROLLERS, '-cpuset');
    this.#process.kill('SIGKILL');
  }

  #do(word: string): string | null {
    const [name, what] = word.split(':') as [string, string];
    if (name.startsWith('cpu')) {
      if (what === 'off') this.#offline.add(name);
      else this.#offline.delete(name);
      return write(`${CPUS}/${name}/online`, what === 'off' ? '0' : '1');
    }
    const file = (of: string) => join(PLACES[name]!, of);
    if (what === 'task') return write(file('cgroup.procs'), `${this.#process.pid}`);
    if (STATES.includes(what)) return write(file('cpuset.cpus.partition'), what);
    const list = (text: string) => (text === 'none' ? '' : text);
    if (what.startsWith('x')) return write(file('cpuset.cpus.exclusive'), list(what.slice(1)));
    return write(file('cpuset.cpus'), list(what));
  }
}

/** A cgroup and those it is in; none for a cpu. */
function ancestorsOf(name: string): string[] {
  const place = PLACES[name];
  return place === undefined
    ? []
    : Object.keys(PLACES).filter((other) => `${place}/`.startsWith(`${PLACES[other]!}/`));
}

/** From the root of the tree, or a whole path. Why it was refused. */
export function write(file: string, value: string): string | null {
  try {
    writeFileSync(file.startsWith('/') ? file : join(ROOT, file), `${value}\n`, { flag: 'r+' });
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
