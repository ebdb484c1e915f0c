import { spawn } from 'node:child_process';
import { done, type Outcome, refuse } from '../../../interface/index.ts';
import type { CgroupFiles } from '../cgroup-files.ts';

/** Thirty-one years. */
const WORDS = ['1000000000'];

/**
 * systemd ends a scope when its last process leaves. In one to which an adopted process shall come back, a process that does
 * nothing stays, also when we end. `null`: there is no scope.
 */
export async function keepScope(groups: CgroupFiles, place: string): Promise<Outcome<number | null>> {
  if (!place.split('/').some((name) => name.endsWith('.scope'))) return done(null);
  const keeper = spawn('sleep', WORDS, { stdio: 'ignore', detached: true, cwd: '/' });
  const failed = new Promise<string>((resolve) => keeper.once('error', ({ message }) => resolve(message)));
  if (keeper.pid === undefined)
    return refuse({ code: 'systemd-refused', step: `keep ${place}`, why: await failed });
  keeper.unref();
  const put = await groups.write(place, 'cgroup.procs', `${keeper.pid}`);
  if (!put.ok) keeper.kill('SIGKILL');
  return put.ok ? done(keeper.pid) : put;
}
