import { expect, test } from 'vitest';
import type { Workload } from '../interface/workload.ts';
import { DUTY, Jobs } from './jobs.ts';

const duty = (burstMs: number): Workload => ({ kind: 'duty', burstMs, sleepMs: 10 });

test('equal workloads are one job, other ones another', () => {
  const jobs = new Jobs();
  const [a, b, c] = [jobs.take(duty(1)), jobs.take(duty(1)), jobs.take(duty(2))];
  expect(b).toBe(a);
  expect(c).not.toBe(a);
  expect(jobs.get(c)).toMatchObject({ kind: DUTY, runNs: 2e6, sleepNs: 10e6, spec: duty(2) });
});

test('a job ends with its last user, and its number is used again', () => {
  const jobs = new Jobs();
  const a = jobs.take(duty(1));
  jobs.take(duty(1));
  jobs.give(a);
  expect(jobs.take(duty(2))).not.toBe(a);
  jobs.give(a);
  expect(jobs.take(duty(3))).toBe(a);
  const again = jobs.take(duty(1));
  expect(again).not.toBe(a);
  expect(jobs.get(again).spec).toEqual(duty(1));
  expect(jobs.get(a).spec).toEqual(duty(3));
});
