/** The programs themselves on the machine they run on: only for tests in the laboratory, where that is nobody's. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

const STATE = '/var/lib/xend';
const ARGV = ['--connect', 'linux:'];

export interface Said {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

/** A xend of root's, on the host's own places, and xm that finds it there. */
export class RealXend {
  #process: ChildProcess | null = null;
  /** What it wrote to its log, a line each. */
  log = '';

  async start(): Promise<void> {
    const child = spawn('xend', ARGV, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`xend ended: ${this.log}`)));
      child.stderr!.on('data', (text: Buffer) => {
        this.log += text;
        if (this.log.includes('"msg":"ready"')) resolve();
      });
    });
    child.removeAllListeners('exit');
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  get pid(): number {
    return this.#process!.pid!;
  }

  /** As a crash of the machine's power would: nothing is said goodbye to. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    this.#process = null;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    this.#process = null;
  }

  /** Nothing is left of it: no domain, no pool, no state. */
  async end(): Promise<void> {
    if (this.#process !== null) {
      for (const { id } of this.json<{ domains: { id: number }[] }>('list').domains)
        this.try(`destroy ${id}`);
      await this.stop();
    }
    execFileSync('xend', ['--release-all', ...ARGV]);
    rmSync(STATE, { recursive: true, force: true });
  }

  /** What xm says to these words, whatever it is. */
  try(words: string | readonly string[]): Said {
    const argv = typeof words === 'string' ? words.split(' ') : words;
    const { status, stdout, stderr } = spawnSync('xm', argv, { encoding: 'utf8' });
    return { status: status ?? -1, out: stdout, error: stderr };
  }

  xm(words: string | readonly string[]): string {
    const { status, out, error } = this.try(words);
    if (status !== 0) throw new Error(`xm ${words}: ${error}`);
    return out;
  }

  json<T>(words: string): T {
    return JSON.parse(this.xm(`${words} --json`));
  }

  /** Events since its start, as `kind: text`. */
  events(): string[] {
    return this.log
      .split('\n')
      .filter((line) => line.includes('"event"'))
      .map((line) => JSON.parse(line) as { kind: string; msg: string })
      .map(({ kind, msg }) => `${kind}: ${msg}`);
  }

  /** Resolves with the milliseconds it took until an event says this. */
  async hears(what: RegExp, withinMs = 20_000): Promise<number> {
    const begun = performance.now();
    while (!this.events().some((event) => what.test(event))) {
      if (performance.now() - begun > withinMs)
        throw new Error(`no event says ${what}; these were:\n${this.events().join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return performance.now() - begun;
  }

  forget(): void {
    this.log = '';
  }
}
