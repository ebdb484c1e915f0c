import { readFileSync, statSync } from 'node:fs';
import { done, type Host, type Outcome, refuse, regularTopology, type Topology } from '../interface/index.ts';
import { LIVE_CATCH_UP_EVENTS, openEmbedded } from './embedded/host.ts';
import { openLinux } from './linux/host.ts';
import { parseHwlocXml } from './topology/hwloc.ts';
import { readSysTopology } from './topology/sys.ts';
import type { EmbeddedUri, HostUri } from './uri.ts';

/** The proposal's own host: ten cpus, one node, one thread a core. */
const DEFAULT_CPUS = 10;

/** Opens the driver that a URI names, live: `clock` is nanoseconds, never backwards. */
export async function openHost(uri: HostUri, clock: () => number): Promise<Outcome<Host>> {
  if (uri.driver === 'socket') {
    const why = 'a xend is spoken to over HTTP, it is no host to drive';
    return refuse({ code: 'bad-uri', uri: uri.path, why });
  }
  if (uri.driver === 'linux') return openLinux(clock);
  if (uri.driver === 'xen') return refuse({ code: 'not-offered', what: 'a driver yet', driver: uri.driver });
  const topology = readTopology(uri);
  if (!topology.ok) return topology;
  const seed = uri.seed === undefined ? {} : { seed: uri.seed };
  const catchUpEvents = LIVE_CATCH_UP_EVENTS;
  return done(await openEmbedded({ topology: topology.value, clock, catchUpEvents, ...seed }));
}

function readTopology(uri: EmbeddedUri): Outcome<Topology> {
  if (uri.topology === 'sys') return readSysTopology();
  if (uri.topology !== undefined) return readHwlocFile(uri.topology);
  const { cpus = DEFAULT_CPUS, nodes, coresPerSocket, threadsPerCore, memoryMib } = uri;
  if (nodes !== undefined && nodes > cpus)
    return refuse({
      code: 'bad-uri',
      uri: `embedded:?cpus=${cpus}&nodes=${nodes}`,
      why: 'it has more nodes than cpus',
    });
  return done(
    regularTopology({
      cpus,
      ...(nodes !== undefined && { nodes }),
      ...(coresPerSocket !== undefined && { coresPerSocket }),
      ...(threadsPerCore !== undefined && { threadsPerCore }),
      ...(memoryMib !== undefined && { memoryMib }),
    }),
  );
}

function readHwlocFile(file: string): Outcome<Topology> {
  try {
    // A device or a pipe could be read for ever.
    if (!statSync(file).isFile()) return refuse({ code: 'unreadable-file', file, why: 'it is no file' });
    return parseHwlocXml(readFileSync(file, 'utf8'), file);
  } catch (error) {
    return refuse({
      code: 'unreadable-file',
      file,
      why: (error as NodeJS.ErrnoException).code ?? String(error),
    });
  }
}
