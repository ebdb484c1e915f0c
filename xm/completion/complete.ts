import type { DomainView, HostView, PoolView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { runningXend } from '../client/find.ts';
import { ask } from '../client/xend.ts';
import { candidates, type Names } from './candidates.ts';

/**
 * `xm __complete LINE`, for the shells' scripts: what can stand at the end of the line, as `word<TAB>about` a line;
 * `:files` at last where file names fit. Never starts a xend, never complains.
 */
export async function complete(line: string, caller: Caller): Promise<number> {
  const words = line.split(/\s+/).slice(1);
  const found = await candidates(words, namesFrom(caller));
  const lines = found.words.map(({ word, about }) => `${word}\t${about}\n`);
  caller.stdout.write(lines.join('') + (found.files ? ':files\n' : ''));
  return 0;
}

function namesFrom(caller: Caller): Names {
  const get = async <T>(path: string): Promise<T | null> => {
    const named = caller.env.XM_CONNECT ?? '';
    const socket = /^(unix:)?\//.test(named) ? named.replace(/^unix:/, '') : await runningXend(caller);
    if (socket === null) return null;
    const answer = await ask<T>(socket, { method: 'GET', path });
    return answer.ok ? answer.value : null;
  };
  return {
    pools: async () => (await get<{ pools: PoolView[] }>('/v1/pools'))?.pools.map(({ name }) => name) ?? [],
    domains: async () =>
      (await get<{ domains: DomainView[] }>('/v1/domains'))?.domains.map(({ name }) => name) ?? [],
    schedulers: async () => (await get<HostView>('/v1/host'))?.schedulers ?? [],
  };
}
