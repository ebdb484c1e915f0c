/* A kernel that refuses any one write of any operation: it is said which and what to do, and nothing has changed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChangeRequest, explain } from '../interface/index.ts';
import { snapshot } from './testing/host-snapshot.ts';
import { LabXend } from './testing/lab-xend.ts';
import { adopt, BASELINE, OPERATIONS, RELEASE } from './testing/operations.ts';
import { overseeWrites, type Write } from './testing/writes.ts';

const ROOT = '/sys/fs/cgroup';
const ADOPTEE_HOME = 'refused-adoptee';
const ERRORS = ['EBUSY', 'EINVAL', 'ENOSPC', 'ERANGE'] as const;
/** Hundreds of changes a test, on a machine that may have other things to do. */
const LIMIT_MS = 600_000;
const SETTLE_MS = 5_000;

/** Which write of the kernel's files is refused, and how; `null`: none. */
let fate: { at: number; code: string } | null = null;
/** What was refused. */
let refused: Write | null = null;

const isOfKernel = ({ path }: Write) => path.startsWith('/sys/');

describe('a kernel that refuses', () => {
  let adoptee: ChildProcess;
  let xend: LabXend;

  beforeAll(async () => {
    mkdirSync(`${ROOT}/${ADOPTEE_HOME}`);
    adoptee = spawn('sleep', ['200000'], { stdio: 'ignore' });
    writeFileSync(`${ROOT}/${ADOPTEE_HOME}/cgroup.procs`, `${adoptee.pid}`);
    await overseeWrites((write) => {
      if (fate === null || !isOfKernel(write) || fate.at-- > 0) return;
      const { code } = fate;
      fate = null;
      refused = write;
      throw Object.assign(new Error(`${code}: in a test`), { code });
    });
    xend = await LabXend.open();
    for (const request of BASELINE) await xend.change(request);
  });

  afterAll(async () => {
    await xend.release();
    adoptee.kill('SIGKILL');
    await new Promise((resolve) => adoptee.once('exit', resolve));
    rmdirSync(`${ROOT}/${ADOPTEE_HOME}`);
  });

  // What something is called, no cgroup says.
  test.each(OPERATIONS.filter(([name]) => !name.endsWith('rename')))(
    'any write of %s says which, why and what to do, and has changed nothing',
    async (_, request, undo) => everyRefusal(request, undo),
    LIMIT_MS,
  );

  test('any write of adopt says so', () => everyRefusal(adopt(adoptee.pid!), [RELEASE]), LIMIT_MS);

  test(
    'any write of release says so',
    async () => {
      await xend.change(adopt(adoptee.pid!));
      await everyRefusal(RELEASE, [adopt(adoptee.pid!)]);
      await xend.change(RELEASE);
    },
    LIMIT_MS,
  );

  /** Does it again and again, each time with one write later refused, until none is left to refuse. */
  async function everyRefusal(request: ChangeRequest, undo: readonly ChangeRequest[]): Promise<void> {
    const before = snapshot(await xend.see());
    const count = { refused: 0, borne: 0 };
    let isLeft = true;
    for (let at = 0; isLeft; at++)
      for (const code of ERRORS) {
        refused = null;
        fate = { at, code };
        const outcome = await xend.service.change(request);
        fate = null;
        if (outcome.ok) for (const one of undo) await xend.change(one);
        const { call, path, value } = refused ?? ({} as Partial<Write>);
        await settled(before, `${code} at write ${at}, ${call} ${path} ${value}`);
        isLeft = refused !== null;
        // What one error does not meet, another does not either.
        if (refused === null) break;
        count[outcome.ok ? 'borne' : 'refused']++;
        if (!outcome.ok) isSaid(explain(outcome.refusal), refused, code);
      }
    console.log(`        ${count.refused} refused, ${count.borne} borne`);
    expect(count.refused).toBeGreaterThan(0);
  }

  async function settled(before: readonly string[], when: string): Promise<void> {
    for (const deadline = performance.now() + SETTLE_MS; ; ) {
      const found = snapshot(await xend.see());
      if (found.join('\n') === before.join('\n')) return;
      if (performance.now() > deadline) expect({ when, found }).toEqual({ when, found: before });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});

function isSaid(
  { sentence, remedy }: { readonly sentence: string; readonly remedy: string },
  { path, value }: Write,
  code: string,
): void {
  expect(sentence).toContain(path);
  expect(sentence).toContain(value === '' ? 'the kernel did not' : value);
  expect(sentence).toContain(`(${code})`);
  expect(remedy).toMatch(/^everything done before was taken back; nothing has changed; .{20,}/);
}
