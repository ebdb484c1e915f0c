import { destination, pino } from 'pino';
import { exitStatus, explain, type Refusal } from '../interface/index.ts';
import { startXend } from './daemon.ts';
import { type Command, HELP, parseOptions, type XendOptions } from './options.ts';
import { releaseHost } from './release.ts';
import { stopXend } from './stop.ts';
import { version } from './version.ts';

const USAGE = 2;

async function main(): Promise<void> {
  const command = parseOptions(process.argv.slice(2), process.env, process.getuid!());
  if (!command.ok) return fail(command.refusal);
  await carryOut(command.value);
}

async function carryOut(command: Command): Promise<void> {
  switch (command.do) {
    case 'help':
      process.stdout.write(HELP);
      return;
    case 'version':
      process.stdout.write(`xend ${version}\n`);
      return;
    case 'stop': {
      const stopped = await stopXend(command.places);
      if (!stopped.ok) fail(stopped.refusal);
      return;
    }
    case 'release': {
      const released = await releaseHost(command.options);
      if (!released.ok) fail(released.refusal);
      return;
    }
    case 'run':
      return run(command.options);
  }
}

async function run(options: XendOptions): Promise<void> {
  const log = pino(
    { base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    destination({ dest: 2, sync: true }),
  );
  const xend = await startXend(options, log);
  if (!xend.ok) return fail(xend.refusal);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => xend.value.stop());
  await xend.value.ended;
  process.exit(0);
}

function fail(refusal: Refusal): void {
  const { sentence, remedy } = explain(refusal);
  process.stderr.write(`xend: ${sentence}\n    ${remedy}\n`);
  process.exitCode = refusal.code === 'usage' ? USAGE : exitStatus(refusal.code);
}

main();
