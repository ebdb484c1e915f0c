import { expect, test } from 'vitest';
import { openStand } from './stand.ts';

interface Answer {
  readonly findings: readonly {
    readonly remedy: { readonly changes: readonly { readonly command: string }[] } | null;
  }[];
}

test('what is advised can be typed, and then there is nothing left to advise', () => {
  const stand = openStand();
  stand.type('create name=A cpu_weight=512 cpus=5');
  stand.type('create name=B cpus=5');
  stand.type('create name=C vcpus=3');
  stand.type('vcpu-pin C 0 6');
  const { findings } = stand.json<Answer>('advise');
  const commands = findings.flatMap(({ remedy }) => remedy!.changes.map(({ command }) => command));
  expect(commands[0]).toBe('xm pool-create pool1 cpu=5');
  for (const command of commands) stand.type(command.replace(/^xm /, ''));
  expect(stand.type('advise')).toMatch(/^nothing to advise: /);
  expect(stand.type('pool-list')).toMatch(/^pool1 +5 +credit +1,2$/m);
});
