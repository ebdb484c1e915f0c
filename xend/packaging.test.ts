import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test.skipIf(!hasSystemd).each(['packaging/xend.service', 'packaging/linux/xend.service'])(
  'systemd finds no fault in %s (skipped without systemd-analyze)',
  (file) => {
    const directory = mkdtempSync(join(tmpdir(), 'xend-unit-'));
    try {
      const unit = join(directory, 'xend.service');
      // It insists on a program that is there.
      writeFileSync(unit, readFileSync(file, 'utf8').replace(/(?<=ExecStart=)\S+/, '/bin/true'));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
