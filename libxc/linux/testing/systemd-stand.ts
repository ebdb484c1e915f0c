/** The systemd of a guest of the laboratory, and others who use it beside the driver. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { type Cpu, domainId, type HostState, POOL0 } from '../../../interface/index.ts';
import type { LinuxHost } from '../host.ts';
import { done, freely, givePool, run } from './lab-stand.ts';

export const [A, B] = ['lab-a', 'lab-b'];
export const [X, Y] = [domainId(901), domainId(902)];

export const systemctl = (...words: string[]) =>
  execFileSync('systemctl', words, { encoding: 'utf8' }).trim();
export const isActive = (unit: string) => spawnSync('systemctl', ['is-active', '--quiet', unit]).status === 0;

/** A service of somebody else. */
export function startService(name: string, ...properties: string[]): void {
  const words = properties.map((property) => `--property=${property}`);
  execFileSync('systemd-run', ['--quiet', '--collect', `--unit=${name}`, ...words, '/bin/sleep', '1000']);
}

/** These and whatever others have started. What is not there is stopped. */
export function stopOthers(...units: string[]): void {
  spawnSync('systemctl', ['stop', 'lab-other.service', 'lab_other.slice', ...units]);
  for (const slice of ['lab_other.slice', 'system.slice'])
    rmSync(`/run/systemd/system.control/${slice}.d`, { recursive: true, force: true });
}

/** Two pools, a pinned and capped domain in one of them, another in pool0. */
export async function setUp(host: LinuxHost): Promise<HostState> {
  const [C4, C6, C7] = [4, 6, 7] as unknown as [Cpu, Cpu, Cpu];
  await givePool(host, A, C6, C7);
  await givePool(host, B, C4);
  const scheduling = { ...freely([C6]), weight: 512, cap: 50 };
  await done(run(host, X, A, ['sleep', '1000'], { scheduling }));
  await done(run(host, Y, POOL0, ['sleep', '1000']));
  return host.read();
}
