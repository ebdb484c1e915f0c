import { closeSync, openSync } from 'node:fs';
import { done, type Outcome, refuse } from '../../../interface/index.ts';
import { findProgram } from '../launch.ts';
import { runProgram } from '../programs.ts';
import type { Emulator } from './words.ts';

const PROGRAM = 'qemu-system-x86_64';
const PACKAGE = 'qemu-system-x86';
/** Red Hat's, outside of PATH. */
const ELSEWHERE = '/usr/libexec/qemu-kvm';

/** QEMU as it is on this machine, looked at each time: it may be installed while xend runs. */
export async function findEmulator(): Promise<Outcome<Emulator>> {
  const program = programHere();
  if (program === null) return refuse({ code: 'program-missing', program: PROGRAM, package: PACKAGE });
  return done({ program, hasKvm: hasKvm(), hasSandbox: await hasSandbox(program) });
}

/** Whether guests can run here, and how, for `xm info`. */
export function guestsInWords(): string {
  if (programHere() === null) return `guests cannot run: there is no ${PROGRAM} (${PACKAGE})`;
  return hasKvm() ? 'guests run under KVM' : 'guests are emulated, and slow: /dev/kvm cannot be opened';
}

function programHere(): string | null {
  if (process.arch !== 'x64') return null;
  for (const name of [PROGRAM, ELSEWHERE]) {
    const found = findProgram(name);
    if (found.ok) return found.value;
  }
  return null;
}

function hasKvm(): boolean {
  try {
    closeSync(openSync('/dev/kvm', 'r+'));
    return true;
  } catch {
    return false;
  }
}

const sandboxes = new Map<string, boolean>();

/** A QEMU that was built without it refuses the option, whatever follows. */
async function hasSandbox(program: string): Promise<boolean> {
  const known = sandboxes.get(program);
  if (known !== undefined) return known;
  const has = (await runProgram([program, '-sandbox', 'on', '-version'])) === null;
  sandboxes.set(program, has);
  return has;
}
