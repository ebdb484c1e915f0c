// What a xend costs that nobody asks anything, its domains running: cpu time over a while, resident memory at the end.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SECONDS = 30;
/** Some seconds after it was last used V8 tidies up, once: that is not yet rest. */
const SETTLE_MS = 15_000;

const directory = mkdtempSync(join(tmpdir(), 'xend-rest-'));
const env = { ...process.env, XDG_RUNTIME_DIR: directory, XDG_STATE_HOME: directory, XM_CONNECT: '' };
const run = (...words) => spawnSync(process.execPath, words, { env });

try {
  for (let n = 0; n < 20; n++) run('bin/xm', 'create', `name=vm${n}`, 'memory=64', 'vcpus=2', 'workload=cpu');
  const pid = xendOf(directory);
  await sleep(SETTLE_MS);
  const before = cpuNs(pid);
  await sleep(SECONDS * 1000);
  const percent = ((cpuNs(pid) - before) / 1e9 / SECONDS) * 100;
  const mib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  row('xend at rest, cpu', `${percent.toFixed(2)} % of a cpu`, '<= 0.5 %', percent, 0.5);
  row('xend at rest, resident', `${mib.toFixed(0)} MiB`, '<= 90 MiB', mib, 90);
} finally {
  run('bin/xend', '--private', '--stop');
  rmSync(directory, { recursive: true, force: true });
}

/** The process whose environment names our directory. */
function xendOf(place) {
  const isOurs = (pid) => {
    try {
      const isXend = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bin/xend');
      return isXend && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(place);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && isOurs(pid));
}

/** What its threads have run so far; exact, where the ticks of /proc/PID/stat are samples. */
function cpuNs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => {
    const [ran] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(ran);
  }, 0);
}

function row(what, measured, bound, value, limit) {
  console.log(JSON.stringify({ what, measured, bound, value, limit }));
}
