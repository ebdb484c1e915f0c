/*
 * A xend that is killed at every write of every operation: the next one finishes it or takes it back, whole.
 * beside: xend/testing/mortal.ts
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChangeRequest } from '../interface/index.ts';
import { openLinux } from '../libxc/linux/host.ts';
import { type Seen, snapshot, wholeHost } from './testing/host-snapshot.ts';
import { MortalXend } from './testing/mortal-xend.ts';
import { adopt, BASELINE, destroy, OPERATIONS, pool, RELEASE } from './testing/operations.ts';

const ROOT = '/sys/fs/cgroup';
const ADOPTEE_HOME = 'crash-adoptee';
/** Dozens of xends a test, on a machine that may have other things to do. */
const LIMIT_MS = 600_000;
/** What a dying xend let go of ends in its own time. */
const SETTLE_MS = 5_000;

test(
  'a xend that is killed at any write of the first pool leaves nothing that is not given back',
  async () => {
    const bystander = spawn('sleep', ['200000'], { stdio: 'ignore' });
    execFileSync('taskset', ['-pc', '1,3', `${bystander.pid}`]);
    const others = () => wholeHost().filter((line) => !line.includes('mortal'));
    const before = others();
    let deaths = 0;
    for (let isDead = true; isDead; deaths++) {
      const { xend } = await MortalXend.start();
      isDead = (await xend.change(pool('first', 2, 3), deaths)) === null;
      if (!isDead) await xend.kill();
      const host = await openLinux(() => performance.now());
      expect(host.ok && (await host.value.release())).toEqual({ ok: true, value: undefined });
      rmSync('/var/lib/xend', { recursive: true });
      expect({ deaths, host: others() }).toEqual({ deaths, host: before });
    }
    console.log(`        given back ${deaths} times`);
    bystander.kill('SIGKILL');
    MortalXend.endSpare();
  },
  LIMIT_MS,
);

describe('a xend that is killed', () => {
  let adoptee: ChildProcess;
  let xend: MortalXend;
  let seen: Seen;

  beforeAll(async () => {
    mkdirSync(`${ROOT}/${ADOPTEE_HOME}`);
    adoptee = spawn('sleep', ['200000'], { stdio: 'ignore' });
    writeFileSync(`${ROOT}/${ADOPTEE_HOME}/cgroup.procs`, `${adoptee.pid}`);
    ({ xend, seen } = await MortalXend.start());
    for (const request of BASELINE) await done(request);
  });

  afterAll(async () => {
    await xend.stop();
    MortalXend.endSpare();
    ({ xend, seen } = await MortalXend.start());
    for (const { id } of seen.domains) await done(destroy(`${id}`));
    await xend.stop();
    MortalXend.endSpare();
    execFileSync('xend', ['--connect', 'linux:', '--release-all']);
    rmSync('/var/lib/xend', { recursive: true, force: true });
    adoptee.kill('SIGKILL');
    await new Promise((resolve) => adoptee.once('exit', resolve));
    rmdirSync(`${ROOT}/${ADOPTEE_HOME}`);
  });

  test.each(OPERATIONS)(
    'at any write of %s leaves it whole or undone',
    async (_, request, undo) => {
      await everyDeath(request, undo);
    },
    LIMIT_MS,
  );

  test(
    'at any write of adopt leaves it whole or undone',
    async () => {
      await everyDeath(adopt(adoptee.pid!), [RELEASE]);
    },
    LIMIT_MS,
  );

  test(
    'at any write of release leaves it whole or undone',
    async () => {
      await done(adopt(adoptee.pid!));
      await everyDeath(RELEASE, [adopt(adoptee.pid!)]);
      await done(RELEASE);
    },
    LIMIT_MS,
  );

  /** Does it once, then again and again, each time dying one write later, until it lives through it. */
  async function everyDeath(request: ChangeRequest, undo: readonly ChangeRequest[]): Promise<void> {
    seen = await xend.see();
    const before = snapshot(seen);
    const member = pidOf('in-a');
    await done(request);
    const whole = snapshot(await xend.see());
    expect(whole).not.toEqual(before);
    await takeBack(undo, before);
    const ends = { whole: 0, undone: 0 };
    for (let n = 0; ; n++) {
      const answer = await xend.change(request, n);
      if (answer?.ok === false) throw new Error(JSON.stringify(answer.refusal));
      if (answer !== null) await xend.kill();
      ({ xend, seen } = await MortalXend.start());
      const found = await settled([before, whole], `killed at write ${n}`, seen);
      if (found === whole) ends.whole++;
      else ends.undone++;
      if (request.kind !== 'domain-destroy') expect(pidOf('in-a') ?? pidOf('other')).toBe(member);
      if (found === whole) await takeBack(undo, before);
      if (answer !== null) break;
    }
    console.log(`        ${ends.undone} times undone, ${ends.whole} times whole`);
    expect(ends.undone).toBeGreaterThan(0);
    expect(ends.whole).toBeGreaterThan(0);
  }

  async function takeBack(undo: readonly ChangeRequest[], before: string[]): Promise<void> {
    for (const request of undo) await done(request);
    await settled([before], 'taken back');
  }

  /** Which of these the host is like, once what ends has ended. */
  async function settled(expected: readonly string[][], when: string, first?: Seen): Promise<string[]> {
    const deadline = performance.now() + SETTLE_MS;
    for (let now = first; ; now = undefined) {
      const found = snapshot(now ?? (await xend.see()));
      const same = expected.find((one) => one.join('\n') === found.join('\n'));
      if (same !== undefined) return same;
      if (performance.now() > deadline) throw new Error(`${when}:\n${differing(found, expected)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function done(request: ChangeRequest): Promise<void> {
    const answer = await xend.change(request);
    expect(answer).toMatchObject({ ok: true });
  }

  function pidOf(name: string): string | null {
    const domain = seen.domains.find((one) => one.name === name);
    const file = `${ROOT}/xm-${domain?.pool}/dom-${domain?.id}/cgroup.procs`;
    return domain === undefined ? null : readFileSync(file, 'utf8').trim();
  }
});

function differing(found: readonly string[], expected: readonly string[][]): string {
  return expected
    .map((one) => [
      ...found.filter((line) => !one.includes(line)).map((line) => `+ ${line}`),
      ...one.filter((line) => !found.includes(line)).map((line) => `- ${line}`),
    ])
    .map((lines) => lines.join('\n'))
    .join('\nor\n');
}
