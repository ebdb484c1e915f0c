import { expect, test } from 'vitest';
import { candidates, type Names } from './candidates.ts';

const NAMES: Names = {
  pools: async () => ['pool0', 'pool1', 'web'],
  domains: async () => ['Domain-0', 'vm5'],
  schedulers: async () => ['credit'],
};

async function completed(line: string): Promise<string> {
  const { words, files } = await candidates(line.split(' ').slice(1), NAMES);
  return [...words.map(({ word }) => word), ...(files ? ['FILES'] : [])].join(' ');
}

test.each([
  ['xm pool-mo', 'pool-modify'],
  ['xm pool-', 'pool-create pool-list pool-modify pool-destroy pool-rename pool-migrate'],
  ['xm cpupool-cr', 'cpupool-create'],
  ['xm nope ', ''],
  ['xm --co', '--connect'],
  ['xm --connect /s pool-de', 'pool-destroy'],
  ['xm pool-destroy ', 'pool0 pool1 web'],
  ['xm pool-destroy w', 'web'],
  ['xm pool-destroy web ', ''],
  ['xm pool-create ', ''],
  ['xm pool-create p nc', 'ncpu='],
  ['xm pool-create p ncpu=4 s', 'sched= slots='],
  ['xm pool-create p ncpu=4 nc', ''],
  ['xm pool-create p sched=', 'sched=credit'],
  ['xm pool-modify po', 'pool0 pool1'],
  ['xm pool-migrate ', 'Domain-0 vm5'],
  ['xm pool-migrate vm5 ', 'pool0 pool1 web'],
  ['xm pool-migrate vm5 web -', '--dry-run --quiet -q --json --connect --debug --help -h'],
  ['xm pool-migrate vm5 web --dry-run --d', '--debug'],
  ['xm create vm', 'FILES'],
  ['xm create vm5 po', 'pool='],
  ['xm create vm5 pool=p', 'pool=pool0 pool=pool1'],
  ['xm list vm5 D', 'Domain-0'],
  ['xm sched-credit -d v', 'vm5'],
  ['xm sched-credit --cpupool w', 'web'],
  ['xm sched-credit -w ', ''],
  ['xm simulate ', 'FILES'],
  ['xm completion z', 'zsh'],
  ['xm help vcpu-p', 'vcpu-pin'],
])('%s<TAB> offers %s', async (line, offered) => {
  expect(await completed(line)).toBe(offered);
});

test('the keys follow what a command needs first', async () => {
  expect(await completed('xm pool-create p ')).toBe(
    'ncpu= cpu= sched= node= tslice_ms= ratelimit_us= migration_delay_us= frame_us= slots=',
  );
});
