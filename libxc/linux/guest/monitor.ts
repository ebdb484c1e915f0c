import { connect } from 'node:net';
import * as v from 'valibot';
import { unreachable } from '../../../interface/index.ts';

/** A command of QEMU's monitor protocol that takes no arguments. */
export type MonitorCommand = 'stop' | 'cont' | 'system_powerdown' | 'query-cpus-fast' | 'query-status';

/** What came of a command: its answer, or why there is none. */
export type MonitorAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string };

/** A guest under emulation on a busy machine takes its time to stop. */
const PATIENCE_MS = 10_000;
/** What one command is answered by far, however many vcpus there are. */
const LONGEST_ANSWER = 1024 * 1024;

const message = v.union([
  v.object({ QMP: v.unknown() }),
  v.object({ return: v.unknown() }),
  v.object({ error: v.object({ desc: v.string() }) }),
  v.object({ event: v.string() }),
]);

/**
 * Says one command to the monitor of a guest and hears its answer. A connection each: QEMU serves one at a time, and
 * who stayed on it would keep everybody else off.
 */
export function ask(
  socket: string,
  command: MonitorCommand,
  patienceMs = PATIENCE_MS,
): Promise<MonitorAnswer> {
  return new Promise((resolve) => {
    const line = connect(socket);
    let heard = '';
    let isAgreed = false;
    const end = (answer: MonitorAnswer) => {
      clearTimeout(limit);
      line.destroy();
      resolve(answer);
    };
    const fail = (why: string) => end({ ok: false, why });
    const limit = setTimeout(() => fail(`its monitor is silent for ${patienceMs / 1000} s`), patienceMs);
    const say = (word: string) => line.write(`${JSON.stringify({ execute: word })}\n`);
    const hear = (text: string) => {
      const said = v.safeParse(message, parsed(text));
      if (!said.success) return fail('its monitor says what no monitor does');
      if ('event' in said.output) return;
      if ('error' in said.output) return fail(`its monitor says ${JSON.stringify(said.output.error.desc)}`);
      if ('QMP' in said.output) return say('qmp_capabilities');
      if (isAgreed) return end({ ok: true, value: said.output.return });
      isAgreed = true;
      return say(command);
    };
    line.setEncoding('utf8');
    line.on('error', (error) => fail(`its monitor cannot be reached: ${unreachable(error)}`));
    line.on('close', () => fail('its monitor hung up'));
    line.on('data', (text: string) => {
      heard += text;
      if (heard.length > LONGEST_ANSWER) return fail('its monitor does not stop talking');
      const lines = heard.split('\n');
      heard = lines.pop()!;
      for (const one of lines) hear(one);
    });
  });
}

const cpus = v.array(v.looseObject({ 'cpu-index': v.number(), 'thread-id': v.number() }));

/** The thread of each vcpu, as `query-cpus-fast` tells them; `null` where it tells anything else. */
export function threadsIn(answer: unknown, vcpus: number): number[] | null {
  const told = v.safeParse(cpus, answer);
  if (!told.success) return null;
  const byIndex = new Map(told.output.map((cpu) => [cpu['cpu-index'], cpu['thread-id']]));
  const threads = Array.from({ length: vcpus }, (_, vcpu) => byIndex.get(vcpu));
  return threads.every((tid) => tid !== undefined) ? threads : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
