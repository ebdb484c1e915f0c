import { done, type Outcome, refuse } from '../../interface/index.ts';
import type { Carrier } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { PlainCarrier } from './plain-carrier.ts';
import { SystemdCarrier } from './systemd/carrier.ts';
import { askManager, isBooted } from './systemd/commands.ts';

/**
 * Whoever manages this machine's cgroups. A systemd that does not answer still owns them: plain directories would not be
 * safe from it.
 */
export async function chooseCarrier(groups: CgroupFiles): Promise<Outcome<Carrier>> {
  if (!isBooted()) return done(new PlainCarrier(groups));
  const manager = await askManager();
  if (manager.ok) return done(new SystemdCarrier(groups, manager.value));
  const why = manager.refusal.code === 'systemd-refused' ? manager.refusal.why : manager.refusal.code;
  return refuse({
    code: 'host-unfit',
    driver: 'linux',
    why: `systemd manages its cgroups and does not answer: ${why}`,
    remedy: 'see that systemctl status works for root, then start xend again',
  });
}
