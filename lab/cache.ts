import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What was fetched, kept between runs and outside the project; deleting it fetches what is newest then. */
function cacheFolder(): string {
  const { LAB_CACHE, XDG_CACHE_HOME } = process.env;
  if (LAB_CACHE) return LAB_CACHE;
  const caches = XDG_CACHE_HOME || (process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache'));
  return join(caches, 'cpu-pools-lab');
}

/** A folder of the cache, filled by `fetch` if it is not there yet. */
export function kept(name: string, fetch: (folder: string) => void): string {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder(), { recursive: true });
  const work = mkdtempSync(join(cacheFolder(), '.fetching-'));
  try {
    const whole = join(work, 'whole');
    mkdirSync(whole);
    fetch(whole);
    // Under its name only when it is whole: somebody may fetch at the same time, or end us.
    if (!existsSync(folder)) renameSync(whole, folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
