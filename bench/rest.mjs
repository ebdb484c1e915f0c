// What a xend costs that nobody asks anything, its domains running: cpu time over a while, resident memory at the end.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SECONDS = 30;
/** V8 tidies up after it was used; that is no rest. */
const SETTLE_MS = 5000;
/** Of /proc: USER_HZ has been 100 on every Linux for decades. */
const TICKS_A_SECOND = 100;

const directory = mkdtempSync(join(tmpdir(), 'xend-rest-'));
const env = { ...process.env, XDG_RUNTIME_DIR: directory, XDG_STATE_HOME: directory, XM_CONNECT: '' };
const run = (...words) => spawnSync(process.execPath, words, { env });

try {
  for (let n = 0; n < 20; n++) run('bin/xm', 'create', `name=vm${n}`, 'memory=64', 'vcpus=2', 'workload=cpu');
  const pid = xendOf(directory);
  await sleep(SETTLE_MS);
  const before = cpuTicks(pid);
  await sleep(SECONDS * 1000);
  const percent = ((cpuTicks(pid) - before) / TICKS_A_SECOND / SECONDS) * 100;
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

/** User and system time so far. */
function cpuTicks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function row(what, measured, bound, value, limit) {
  console.log(JSON.stringify({ what, measured, bound, value, limit }));
}
