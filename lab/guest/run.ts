/** Runs one file of tests in a guest: a line a test, below it what went wrong, and `N passed, N failed` at the end. */
import { type Suite, startTests, type Task, type Test, type VitestRunner } from '@vitest/runner';

/** An emulated cpu on a machine that may be busy: a test that takes longer than this hangs. */
const TIMEOUT_MS = 120_000;

const count = { pass: 0, fail: 0, skip: 0 };

/** `load` imports the file. Ends the program: with status 1 if anything failed, whatever still runs. */
export async function runFile(file: string, load: () => Promise<unknown>): Promise<never> {
  const runner: VitestRunner = {
    config: {
      root: '/',
      setupFiles: [],
      name: undefined,
      passWithNoTests: false,
      testNamePattern: undefined,
      allowOnly: false,
      sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: undefined,
      maxConcurrency: 1,
      testTimeout: TIMEOUT_MS,
      hookTimeout: TIMEOUT_MS,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
    },
    importFile: load,
    onAfterRunTask: countTest,
  };
  for (const suite of await startTests([file], runner)) countRest(suite);
  const skipped = count.skip > 0 ? `, ${count.skip} skipped` : '';
  console.log(`${count.pass} passed, ${count.fail} failed${skipped}`);
  process.exit(count.fail > 0 ? 1 : 0);
}

/** A test that has run. */
function countTest(test: Test): void {
  // A test that skips itself while it runs is counted with the others of its kind.
  if (test.result?.state === 'pass') {
    count.pass++;
    console.log(`  ok    ${nameOf(test)} (${Math.round(test.result.duration ?? 0)} ms)`);
  } else if (test.result?.state === 'fail') printFailure(test, nameOf(test));
}

/** Tests that were not to run, and what failed outside of tests: the file itself, or a hook around several. */
function countRest(suite: Suite): void {
  const fellOver = (suite.result?.errors ?? []).length > 0;
  if (fellOver) printFailure(suite, `${nameOf(suite)} (outside of its tests)`);
  for (const task of suite.tasks) {
    if (task.type === 'suite') countRest(task);
    else if (task.result?.state !== 'pass' && task.result?.state !== 'fail') {
      count.skip++;
      console.log(`  skip  ${nameOf(task)}`);
    }
  }
}

function printFailure(task: Task, name: string): void {
  count.fail++;
  console.log(`  FAIL  ${name}`);
  for (const { message, diff, stack } of task.result?.errors ?? []) {
    const places = (stack ?? '').split('\n').filter((line) => /^\s+at .*\.ts:/.test(line));
    const text = [message, diff ?? '', ...places.slice(0, 5)].filter((part) => part !== '').join('\n');
    console.log(text.replace(/^/gm, '        '));
  }
}

/** As vitest prints it, without the file. */
const nameOf = (task: Task) => task.fullTestName || task.name;
