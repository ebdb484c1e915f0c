import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openNameless } from './machine.ts';

/** Eight cpus: two sockets, two cores each, two threads each; a socket is a node. */
export const HARDWARE = [
  ...['-accel', 'tcg,thread=multi', '-machine', 'q35', '-cpu', 'Nehalem', '-m', '4G'],
  ...['-smp', '8,sockets=2,cores=2,threads=2'],
  ...['-object', 'memory-backend-ram,id=m0,size=2G', '-object', 'memory-backend-ram,id=m1,size=2G'],
  ...['-numa', 'node,nodeid=0,cpus=0-3,memdev=m0', '-numa', 'node,nodeid=1,cpus=4-7,memdev=m1'],
  ...['-nodefaults', '-display', 'none', '-no-reboot'],
];

export interface Guest {
  /** The file of a kernel. */
  readonly kernel: string;
  /** Words for it beside its usual ones. */
  readonly words?: string;
  /** An initramfs, a file open for reading. */
  readonly image: number;
  /** Until the job starts. */
  readonly bootLimitMs: number;
  /** From then on. */
  readonly jobLimitMs: number;
  /** `uname -r`, as soon as it is up. */
  readonly onUp?: (release: string) => void;
  /** What the job prints, as it does. */
  readonly onLine: (line: string) => void;
  /** The words that start QEMU, with its hardware. */
  readonly qemu: readonly string[];
}

export interface GuestRun {
  /** The job's exit status; null if it never came to that. */
  readonly status: number | null;
  /** Why there is none. */
  readonly why: string | null;
  /** Why the first boot failed before its job started and was done again; null if it did not. */
  readonly repeated: string | null;
  /** From the start of QEMU, the last one, to the first line of the guest and to its end. */
  readonly upMs: number | null;
  readonly totalMs: number;
  /** All that the kernel said, of every boot. */
  readonly console: string;
}

/**
 * Boots a kernel, runs the job of the image, waits for the power-off. A boot that fails before the job starts is repeated
 * once: under QEMU 7.2 a stock 7.x kernel panicked in its first two seconds in one of twenty boots. A job is never repeated.
 */
export async function runGuest(guest: Guest): Promise<GuestRun> {
  const first = await bootOnce(guest);
  if (first.upMs !== null) return { ...first, repeated: null };
  const second = await bootOnce(guest);
  return { ...second, repeated: first.why, console: first.console + second.console };
}

async function bootOnce(guest: Guest): Promise<Omit<GuestRun, 'repeated'>> {
  const started = performance.now();
  const sinceStart = () => performance.now() - started;
  const token = randomUUID();
  const kernelConsole = openNameless('console');
  const qemu = startQemu(guest, token, kernelConsole.writing);
  const complaint = complaintOf(qemu);

  let late: string | null = null;
  const limitTo = (ms: number, what: string) =>
    setTimeout(() => {
      late = `${what} after ${ms / 1000} s`;
      qemu.kill('SIGKILL');
    }, ms);
  let limit = limitTo(guest.bootLimitMs, 'it was not up');
  let upMs: number | null = null;
  let status: number | null = null;
  // The job's last words may lack the end of their line, so what follows may stand behind them.
  const ours = new RegExp(`^(.*)${token} (up|status) (\\S+)$`);
  for await (const line of createInterface({ input: qemu.stdout! })) {
    const [, words = line, what, value] = ours.exec(line) ?? [];
    if (what === undefined || words !== '') guest.onLine(words);
    if (what === 'status') status = Number(value);
    if (what !== 'up') continue;
    upMs = sinceStart();
    clearTimeout(limit);
    limit = limitTo(guest.jobLimitMs, 'the job was not done');
    guest.onUp?.(value!);
  }
  const complained = await complaint;
  clearTimeout(limit);
  const text = readFileSync(kernelConsole.reading, 'utf8').replaceAll('\r', '');
  for (const fd of Object.values(kernelConsole)) closeSync(fd);
  const why = late ?? (complained || howItEnded(text, upMs));
  return { status, why: status === null ? why : null, upMs, totalMs: sinceStart(), console: text };
}

/** What QEMU said of its own, or why it could not be started, when it has ended; mostly nothing. */
async function complaintOf(qemu: ChildProcess): Promise<string> {
  const lines: string[] = [];
  createInterface({ input: qemu.stderr! }).on('line', (line) => lines.push(line));
  await new Promise((resolve) => {
    qemu.on('error', (error) => resolve(lines.push(error.message)));
    qemu.on('close', resolve);
  });
  return lines.join('; ');
}

/**
 * setpriv has the kernel end QEMU when we end, even by SIGKILL. The initramfs is its file 3, the kernel's console its
 * file 4: neither has a name that could stay behind.
 */
function startQemu(guest: Guest, token: string, kernelConsole: number): ChildProcess {
  const argv = [
    ...['--pdeathsig', 'KILL', ...guest.qemu],
    ...['-kernel', guest.kernel, '-initrd', '/dev/fd/3'],
    // A panic reboots at once, which -no-reboot makes the end. init finds lab= in its environment.
    ...['-append', `console=ttyS1 loglevel=5 panic=-1 ${guest.words ?? ''} lab=${token}`],
    ...['-serial', 'stdio', '-serial', 'file:/dev/fd/4'],
  ];
  return spawn('setpriv', argv, { stdio: ['ignore', 'pipe', 'pipe', guest.image, kernelConsole] });
}

function howItEnded(kernelConsole: string, upMs: number | null): string {
  const [panic] = /Kernel panic.*/.exec(kernelConsole) ?? [];
  const when = upMs === null ? 'before the job started' : 'before the job was done';
  return `${panic ?? 'the guest ended'}, ${when}`;
}
