import { formatCpuList } from '../../interface/cpu-list.ts';
import type { Outcome } from '../../interface/outcome.ts';
import type { Cpu } from '../../interface/words.ts';
import type { Caller } from '../caller.ts';
import { findXend } from '../client/find.ts';
import { readPools } from '../client/pools.ts';
import { type Line, usageFault } from '../grammar/line.ts';
import { cpuList, poolName } from '../grammar/values.ts';
import { carryOutAt } from './carry-out.ts';

/** `cpupool-cpu-add POOL CPUS`, `cpupool-cpu-remove POOL CPUS`: a difference, which our own commands do not know. */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const name = poolName(line.operands[0]!);
  if (!name.ok) return name;
  const named = cpuList(line.operands[1]!);
  if (!named.ok) return named;
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  const pools = await readPools(socket.value, name.value);
  if (!pools.ok) return pools;
  const { cpus, generation } = pools.value[0]!;
  const list =
    line.command.name === 'cpupool-cpu-add'
      ? union(cpus, named.value)
      : without(cpus, named.value, name.value);
  if (!list.ok) return list;
  const request = { kind: 'pool-modify', pool: name.value, cpus: { list: list.value } } as const;
  return carryOutAt(socket.value, request, line, caller, generation);
}

const union = (a: readonly Cpu[], b: readonly Cpu[]): Outcome<Cpu[]> => ({
  ok: true,
  value: [...new Set([...a, ...b])].sort((x, y) => x - y),
});

function without(cpus: readonly Cpu[], gone: readonly Cpu[], pool: string): Outcome<Cpu[]> {
  const strangers = gone.filter((cpu) => !cpus.includes(cpu));
  if (strangers.length > 0)
    return usageFault(
      `${pool} does not have cpu ${formatCpuList(strangers)}`,
      `it has ${formatCpuList(cpus) || 'none'}`,
    );
  return { ok: true, value: cpus.filter((cpu) => !gone.includes(cpu)) };
}
