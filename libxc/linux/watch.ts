import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { DomainId } from '../../interface/index.ts';
import { KeptFile } from './kept-file.ts';
import { type Ground, type Look, lookForIntruders } from './look.ts';
import { Neighbours } from './neighbours.ts';

/** What no file event tells, a cpu that goes or comes, is looked for this often. */
export const SWEEP_MS = 850;
/** One in so many looks at everything, heard or not. */
const WHOLE = 12;
/** Events come in bursts: a kernel rebuilds all pools at once. */
const SETTLE_MS = 30;
/** Nor is a host that changes all the time looked at all the time. */
const PAUSE_MS = 200;
/** Written in a domain's cgroup by those who run in it, too: no news, but somebody may have left another for it. */
const PRIVATE = new Set(['cgroup.procs', 'cgroup.threads']);
/** What a pool reads, and the root beside it. */
const OF_POOLS = ['cpuset.cpus.partition', 'cpuset.cpus.effective'];
const CONTROLLERS = 'cgroup.subtree_control';
const OF_ROOT = ['cpuset.cpus.effective', CONTROLLERS];

/** What is kept of a directory while it is watched. */
interface Watched {
  readonly events: FSWatcher | null;
  readonly files: readonly KeptFile[];
  /** Whose processes its one file lists. */
  readonly domain: DomainId | null;
}

/**
 * Notices that something has become other than it was at the last look of the driver: by inotify on every cgroup, which
 * kernels also use to tell of partitions that have become invalid, and by a sweep of one read a file.
 */
export class Watch {
  readonly #ground: Ground;
  readonly #notice: () => void;
  readonly #online: KeptFile;
  readonly #neighbours: Neighbours;
  readonly #root: Watched;
  readonly #watched = new Map<string, Watched>();
  /** Whether the next sweep is a whole one, and news whatever it finds. */
  #isDue = false;
  #isTold = false;
  #sweeps = 0;
  #hasPools = false;
  /** Whether somebody else had cpus of his own: who goes with them leaves them lost or to pool0, and no file of ours tells. */
  #hasRivals = false;
  #sweptAt = 0;
  #timer: NodeJS.Timeout;

  constructor(ground: Ground, notice: () => void) {
    this.#ground = ground;
    this.#notice = notice;
    this.#online = new KeptFile(join(ground.cpuFiles.root, 'online'));
    const { groups, carrier } = ground;
    const files = OF_ROOT.map((name) => new KeptFile(join(groups.root, name)));
    this.#root = { events: null, files, domain: null };
    const isOurs = (name: string) => carrier.names.poolNameOf(name) !== null;
    this.#neighbours = new Neighbours(groups.root, isOurs, () => this.#hearNeighbour());
    this.#timer = setTimeout(this.#sweep, SWEEP_MS);
  }

  /** A look of the driver: what is there from now on. */
  follow({ pools, domains, strangers }: Look): void {
    const directories = new Set([...pools, ...domains].map(({ directory }) => directory));
    for (const [directory, watched] of this.#watched) {
      if (directories.has(directory)) continue;
      close(watched);
      this.#watched.delete(directory);
    }
    this.#hasPools = pools.length > 1;
    this.#hasRivals = strangers.some(({ asksAlone, claimed }) => asksAlone || claimed.length > 0);
    for (const { directory } of pools) this.#add(directory, OF_POOLS);
    for (const { directory, id } of domains) this.#add(directory, ['cgroup.procs'], id);
    this.#ground.strays.keepOnly(new Set(domains.map(({ id }) => id)));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#online.close();
    this.#neighbours.close();
    close(this.#root);
    for (const watched of this.#watched.values()) close(watched);
  }

  readonly #sweep = (): void => {
    this.#sweptAt = performance.now();
    let isNews = this.#isTold;
    this.#isTold = false;
    const [effective, controllers] = this.#root.files.map((file) => file.hasChanged());
    if (controllers) this.#suspectAll('');
    if (this.#online.hasChanged() || effective || controllers) isNews = true;
    const isWhole = isNews || this.#isDue || ++this.#sweeps % WHOLE === 0;
    this.#isDue = false;
    if (isWhole && this.#findNews()) isNews = true;
    this.#timer = setTimeout(this.#sweep, SWEEP_MS);
    if (isNews) this.#notice();
  };

  #findNews(): boolean {
    const { strays } = this.#ground;
    let isNews = this.#hasPools && lookForIntruders(this.#ground);
    for (const [directory, { files, domain }] of this.#watched) {
      if (domain === null) {
        for (const file of files) if (file.hasChanged()) isNews = true;
      } else if (files[0]!.hasChanged() || strays.of(domain).length > 0) {
        if (strays.look(domain, directory, files[0]!.text)) isNews = true;
      }
    }
    return isNews;
  }

  #add(directory: string, names: readonly string[], domain: DomainId | null = null): void {
    // That of pool0 is made when it is first needed.
    if (this.#watched.has(directory) || !this.#ground.groups.has(directory)) return;
    const path = join(this.#ground.groups.root, directory);
    const files = names.map((name) => new KeptFile(join(path, name)));
    this.#watched.set(directory, { events: this.#listen(directory, domain), files, domain });
    if (domain !== null) this.#ground.strays.look(domain, directory, files[0]!.text);
  }

  /** The sweep sees most of what is not heard: where the directory is gone, or the user's watches are used up. */
  #listen(directory: string, domain: DomainId | null): FSWatcher | null {
    const hear = (_: string, file: string | null) => {
      if (domain === null && file === CONTROLLERS) this.#suspectAll(`${directory}/`);
      this.#hear(domain, file ?? '');
    };
    try {
      const events = watch(join(this.#ground.groups.root, directory), { persistent: false }, hear);
      events.on('error', () => events.close());
      return events;
    } catch {
      return null;
    }
  }

  #hear(domain: DomainId | null, file: string): void {
    const isPrivate = domain !== null && PRIVATE.has(file);
    if (domain !== null && !isPrivate) this.#ground.suspects.add(domain);
    if (!isPrivate) this.#isTold = true;
    this.#sweepSoon();
  }

  #hearNeighbour(): void {
    if (this.#hasRivals) this.#isTold = true;
    this.#sweepSoon();
  }

  /** Whoever switches a controller off and on again has taken all values of the cgroups below with it. */
  #suspectAll(below: string): void {
    for (const [directory, { domain }] of this.#watched)
      if (domain !== null && directory.startsWith(below)) this.#ground.suspects.add(domain);
  }

  #sweepSoon(): void {
    this.#isDue = true;
    const dueMs = Math.max(SETTLE_MS, this.#sweptAt + PAUSE_MS - performance.now());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#sweep, dueMs);
  }
}

function close({ events, files }: Watched): void {
  events?.close();
  for (const file of files) file.close();
}
