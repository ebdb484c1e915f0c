import { adoptableInWords, type DomainSpec, done, type Outcome, refuse } from '../../interface/index.ts';
import { thaw } from './adopted.ts';
import { establish, forget } from './domains.ts';
import type { DomainLook, Ground, Look, PoolLook } from './look.ts';
import { originOf, repin } from './origins.ts';
import { processAt } from './processes.ts';
import { processesIn } from './threads.ts';

type ServiceSpec = DomainSpec & { readonly adopted: { readonly unit: string } };

/** A domain of a running service. Its processes come as they are; what starts of it later starts in the pool. */
export async function startService(
  ground: Ground,
  seen: Look,
  pool: PoolLook,
  spec: ServiceSpec,
): Promise<Outcome<void>> {
  const { groups, carrier } = ground;
  if (carrier.units === null)
    return refuse({ code: 'not-offered', what: 'to adopt units of systemd', driver: 'linux' });
  const { units } = carrier;
  const service = await units.find(spec.adopted.unit);
  if (!service.ok) return service;
  const { unit, place } = service.value;
  const processes = processesIn(groups, place).flatMap((pid) => processAt(pid) ?? []);
  const no = (why: string, remedy: string) =>
    refuse({ code: 'cannot-adopt', what: adoptableInWords({ unit }), why, remedy });
  if (carrier.names.poolNameOf(place.split('/')[0]!) !== null)
    return no(`it is in ${place} already`, 'move the domain instead (xm pool-migrate)');
  if (processes.some(({ pid }) => pid === process.pid))
    return no('xend is it', 'xend stays outside of the pools it makes');
  return establish(
    ground,
    seen,
    pool,
    { ...spec, adopted: { unit } },
    {
      begin: ({ id, directory }) => units.adopt(service.value, id, directory),
      undo: (domain) => releaseService(ground, seen, domain, unit),
      origins: processes.map((one) => originOf(groups, one)),
    },
  );
}

/** Back to where systemd has it; a domain no more. */
export async function releaseService(
  ground: Ground,
  seen: Look,
  domain: DomainLook,
  unit: string,
): Promise<Outcome<void>> {
  const thawed = await thaw(ground, domain);
  const given = thawed.ok
    ? await (ground.carrier.units?.release(unit, domain.directory) ?? done(undefined))
    : thawed;
  if (!given.ok) return given;
  await repin(domain.origins ?? []);
  return forget(ground, seen, domain);
}
