import { expect, test } from 'vitest';
import { forgetsPins } from './bystanders.ts';

test.each([
  ['6.1.0-50-cloud-amd64', true],
  ['5.15.0', true],
  ['6.2.0', false],
  ['6.12.117+deb13-cloud-amd64', false],
  ['7.3.4', false],
])('Linux %s forgets pins: %s', (release, forgets) => expect(forgetsPins(release)).toBe(forgets));
