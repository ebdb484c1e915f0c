import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Tally, tallied } from './tally.ts';

/** The count of a job of these files, each with what it prints and its exit status. */
function countOf(...files: [name: string, words: string, status: number][]) {
  const tally = new Tally(files.map(([name]) => name));
  for (const [name, words, status] of files)
    for (const line of [`== ${name}`, ...words.split('\n'), `== ended ${name} ${status}`]) tally.hear(line);
  return tally.end();
}

test('sums what the files say', () => {
  expect(countOf(['a', '3 passed, 0 failed', 0], ['b', '1 passed, 2 failed, 4 skipped', 1])).toEqual({
    passed: 4,
    failed: 2,
    skipped: 4,
  });
});

test('a file that falls over has failed, whatever it said before, and one that says nothing too', () => {
  expect(countOf(['a', '3 passed, 0 failed\nSegmentation fault', 139])).toMatchObject({
    passed: 3,
    failed: 1,
  });
  expect(countOf(['a', '', 0])).toMatchObject({ passed: 0, failed: 1 });
  expect(countOf(['a', '1 passed, 0 failed', 0], ['b', '', 0])).toMatchObject({ passed: 1, failed: 1 });
});

test('a file that never ends has failed', () => {
  const tally = new Tally(['a', 'b']);
  for (const line of ['== a', '1 passed, 0 failed', '== ended a 0', '== b', '2 passed, 0 failed'])
    tally.hear(line);
  expect(tally.waiting).toEqual(['b']);
  expect(tally.end()).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('a file for which there is no time is not run, and is counted as skipped', () => {
  const { stdout } = spawnSync('sh', ['-c', tallied('x', 'false.sh', 0)], { encoding: 'utf8' });
  const tally = new Tally(['x']);
  for (const line of stdout.split('\n')) tally.hear(line);
  expect(tally.end()).toEqual({ passed: 0, failed: 0, skipped: 1 });
});

test('the job it hears is a shell script in which a script is one test', () => {
  const job = ['true.sh', 'false.sh'].map((place) => tallied(`x/${place}`, place)).join('');
  const { stdout } = spawnSync('sh', ['-c', `sh() { "\${2%.sh}"; }\n${job}`], { encoding: 'utf8' });
  const tally = new Tally(['x/true.sh', 'x/false.sh']);
  for (const line of stdout.split('\n')) tally.hear(line);
  expect(tally.end()).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('files that are run again count as they came out then', () => {
  const first = new Tally(['a', 'b', 'c']);
  for (const line of ['2 passed, 0 failed', '== ended a 0', '3 passed, 1 failed', '== ended b 1'])
    first.hear(line);
  expect(first.failed).toEqual(['b', 'c']);
  const again = new Tally(first.failed);
  for (const line of ['4 passed, 0 failed', '== ended b 0']) again.hear(line);
  expect(first.endWith(again)).toEqual({ passed: 6, failed: 1, skipped: 0 });
});
