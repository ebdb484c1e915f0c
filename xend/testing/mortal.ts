/**
 * The program of a xend that dies at its n-th write (mortal-xend.ts): only in the laboratory. All of it that writes, and
 * as little else as possible: it is started hundreds of times, on emulated cpus.
 */
import { mkdirSync } from 'node:fs';
import { openJournalFile } from '../journal-file.ts';
import { LabXend } from './lab-xend.ts';
import type { Answer, Order } from './mortal-xend.ts';
import { overseeWrites, type Write } from './writes.ts';

const STATE = '/var/lib/xend';

/** Writes that leave everything as it was for whoever comes next: a disk that is waited for, a file under no name yet. */
const isTraceless = ({ call, path }: Write) =>
  /^(datasync|sync)$/.test(call) || (call !== 'rename' && path.endsWith('.new'));

async function live(): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  let dieIn = Number.POSITIVE_INFINITY;
  await overseeWrites((write) => {
    if (!isTraceless(write) && dieIn-- === 0) process.kill(process.pid, 'SIGKILL');
  });
  await nextOrder();
  mkdirSync(STATE, { recursive: true });
  const xend = await LabXend.open(await openJournalFile(`${STATE}/journal`));
  answer({ seen: await xend.see() });
  for (;;) {
    const order = await nextOrder();
    if (order.do === 'stop') break;
    if (order.do === 'see') answer({ seen: await xend.see() });
    if (order.do !== 'change') continue;
    dieIn = order.dieAt ?? Number.POSITIVE_INFINITY;
    const changed = await xend.service.change(order.request);
    dieIn = Number.POSITIVE_INFINITY;
    answer({ changed });
  }
  await xend.close();
  process.exit(0);
}

const nextOrder = () => new Promise<Order>((resolve) => process.once('message', resolve));
const answer = (what: Answer) => process.send!(what);

live().catch((error: Error) => answer({ failed: error.stack ?? error.message }));
