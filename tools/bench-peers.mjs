// npm run bench:peers [-- OPTIONS]: bundles bench/peers/compare.ts, which says the rest, and our own job beside it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleBench } from './bundles.mjs';

const folder = mkdtempSync(join(tmpdir(), 'peers-'));
await bundleBench('bench/peers/our_job.ts', folder);
const program = await bundleBench('bench/peers/compare.ts', folder);
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
rmSync(folder, { recursive: true });
process.exit(status ?? 1);
