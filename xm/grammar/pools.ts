import { checkName } from '../../interface/names.ts';
import { done, type Outcome, refuse } from '../../interface/outcome.ts';
import type {
  CpuRequest,
  ParamsRequest,
  PoolCreate,
  PoolDestroy,
  PoolModify,
} from '../../interface/requests.ts';
import type { NodeId } from '../../interface/words.ts';
import { type Line, usageFault } from './line.ts';
import { readParams } from './sched.ts';
import { cpuCount, cpuList, nodeList, poolName } from './values.ts';

/** `pool-create pool1 ncpu=4`, `pool-create pool2 cpu=1,3,5 sched=credit node=0` */
export function poolCreate(line: Line): Outcome<PoolCreate> {
  const name = checkName('pool', line.operands[0]!);
  if (!name.ok) return name;
  const shape = readShape(line);
  if (!shape.ok) return shape;
  const { cpus, nodes, ...rest } = shape.value;
  if (cpus === undefined) return refuse({ code: 'cpus-unclear', given: 'neither' });
  return done({ kind: 'pool-create', name: name.value, cpus, ...(nodes && { nodes }), ...rest });
}

/** `pool-modify pool1 ncpu=3`: what is not named stays. */
export function poolModify(line: Line): Outcome<PoolModify> {
  const pool = poolName(line.operands[0]!);
  if (!pool.ok) return pool;
  const shape = readShape(line);
  if (!shape.ok) return shape;
  const name = line.keys.get('name');
  if (name !== undefined) {
    const checked = checkName('pool', name);
    if (!checked.ok) return checked;
  }
  if (line.keys.size === 0)
    return usageFault('pool-modify is not told what to change', 'for example: xm pool-modify pool1 ncpu=3');
  return done({
    kind: 'pool-modify',
    pool: pool.value,
    ...(name !== undefined && { name }),
    ...shape.value,
    ...(line.options.has('force') && { force: true }),
  });
}

export function poolDestroy(line: Line): Outcome<PoolDestroy> {
  const pool = poolName(line.operands[0]!);
  return pool.ok ? done({ kind: 'pool-destroy', pool: pool.value }) : pool;
}

export function poolRename(line: Line): Outcome<PoolModify> {
  const pool = poolName(line.operands[0]!);
  if (!pool.ok) return pool;
  const name = checkName('pool', line.operands[1]!);
  return name.ok ? done({ kind: 'pool-modify', pool: pool.value, name: name.value }) : name;
}

/** `cpupool-create name="p" cpus=["4","5"]`: xl's words, with or without the quotes that a shell takes away. */
export function xlPoolCreate(line: Line): Outcome<PoolCreate> {
  const bare = new Map([...line.keys].map(([key, value]) => [key, value.replace(/[[\]"'\s]/g, '')]));
  const name = bare.get('name');
  if (name === undefined)
    return usageFault('the pool has no name', 'for example: xm cpupool-create name=pool1 cpus=4-7');
  const cpus = bare.get('cpus');
  const sched = bare.get('sched');
  const keys = new Map<string, string>();
  if (cpus !== undefined) keys.set('cpu', cpus);
  if (sched !== undefined) keys.set('sched', sched);
  return poolCreate({ ...line, operands: [name], keys });
}

interface Shape {
  readonly cpus?: CpuRequest;
  readonly scheduler?: string;
  readonly nodes?: readonly NodeId[] | null;
  readonly params?: ParamsRequest;
}

/** What the keys of `pool-create` and `pool-modify` have in common. */
function readShape({ keys, command }: Line): Outcome<Shape> {
  const cpus = readCpus(keys);
  if (!cpus.ok) return cpus;
  const params = readParams(keys);
  if (!params.ok) return params;
  const scheduler = keys.get('sched');
  const shape = {
    ...(cpus.value && { cpus: cpus.value }),
    ...(scheduler !== undefined && { scheduler }),
    ...(params.value && { params: params.value }),
  };
  const node = keys.get('node');
  if (node === undefined) return done(shape);
  if (node === 'none' && command.name === 'pool-modify') return done({ ...shape, nodes: null });
  const nodes = nodeList(node);
  return nodes.ok ? done({ ...shape, nodes: nodes.value }) : nodes;
}

function readCpus(keys: ReadonlyMap<string, string>): Outcome<CpuRequest | undefined> {
  const ncpu = keys.get('ncpu');
  const cpu = keys.get('cpu');
  if (ncpu !== undefined && cpu !== undefined) return refuse({ code: 'cpus-unclear', given: 'both' });
  if (ncpu !== undefined) {
    const count = cpuCount(ncpu);
    return count.ok ? done({ count: count.value }) : count;
  }
  if (cpu === undefined) return done(undefined);
  const list = cpuList(cpu);
  return list.ok ? done({ list: list.value }) : list;
}
