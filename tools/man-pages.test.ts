import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MAN_PAGES } from './man-pages.ts';

const hasGroff = spawnSync('groff', ['--version']).status === 0;

for (const [file, page] of Object.entries(MAN_PAGES)) {
  test(`${file} is as the table of commands has it (write it anew with node tools/man.mjs)`, () => {
    expect(readFileSync(file, 'utf8')).toBe(page());
  });

  test.runIf(hasGroff)(`${file} renders without a warning (needs groff)`, () => {
    const { stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tutf8', file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toContain('pools of cpus');
  });
}
