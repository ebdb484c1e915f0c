import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into an answer wherever it likes
  readonly body: any;
}

/** A directory for sockets and state, and the real xend in it. */
export class Place {
  readonly directory = mkdtempSync(join(tmpdir(), 'xend-'));
  readonly socket = join(this.directory, 'xend.sock');
  readonly readOnlySocket = join(this.directory, 'xend-ro.sock');
  readonly stateDir = join(this.directory, 'state');
  readonly #running = new Set<ChildProcess>();

  get words(): string[] {
    return ['--private', '--socket', this.socket, '--state', this.stateDir];
  }

  /** Starts xend and waits until it answers, or ends. */
  async start(...more: string[]): Promise<Program> {
    const child = spawn(process.execPath, ['bin/xend', ...this.words, ...more], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#running.add(child);
    const program = new Program(child);
    while (!program.hasEnded) {
      const answer = await this.send('GET', '/v1/pools').catch(() => null);
      if (answer !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return program;
  }

  run(...words: string[]) {
    return spawnSync(process.execPath, ['bin/xend', ...this.words, ...words], { encoding: 'utf8' });
  }

  send(method: string, path: string, body?: unknown, socketPath = this.socket): Promise<Answer> {
    return new Promise((resolve, reject) => {
      request({ socketPath, method, path, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) }));
        response.on('error', reject);
      })
        .on('error', reject)
        .end(body === undefined ? '' : JSON.stringify(body));
    });
  }

  /** A file there with this content. */
  file(name: string, content: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }

  /** A state directory with this journal. */
  journalOf(content: string): string {
    mkdirSync(this.stateDir);
    this.file('state/journal', content);
    return this.stateDir;
  }

  async leave(): Promise<void> {
    for (const child of this.#running) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null)
        await new Promise((resolve) => child.once('exit', resolve));
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export class Program {
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;
  hasEnded = false;
  stderr = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        this.hasEnded = true;
        resolve(code);
      });
    });
  }

  kill(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended;
  }
}
