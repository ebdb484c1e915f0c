import type { Workload } from '../../interface/index.ts';

/** A loop a vcpu, in processes of a shell: the smallest thing that wants a whole cpu. */
const HOGS = 'n=$1; while [ "$n" -gt 1 ]; do (while :; do :; done) & n=$((n-1)); done; while :; do :; done';
const DUTY = `const [burst, sleep, n] = process.argv.slice(1).map(Number);
if (n > 1) require('child_process').spawn(process.execPath, ['-e', process.execArgv[1], burst, sleep, n - 1]);
const turn = () => { for (const end = performance.now() + burst; performance.now() < end; ); setTimeout(turn, sleep); };
turn();`;

/**
 * A command that does a declared workload, for tests and for trying a pool out: a domain of this host is a command of
 * somebody's own. `null` for workloads that only the embedded host can do.
 */
export function burner(workload: Workload, vcpus: number): readonly string[] | null {
  switch (workload.kind) {
    case 'cpu':
      return ['/bin/sh', '-c', HOGS, 'xm-hog', `${vcpus}`];
    case 'idle':
      return ['/bin/sh', '-c', 'while :; do sleep 86400; done', 'xm-idle'];
    case 'duty':
      return [process.execPath, '-e', DUTY, `${workload.burstMs}`, `${workload.sleepMs}`, `${vcpus}`];
    default:
      return null;
  }
}
