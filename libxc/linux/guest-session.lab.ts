/*
 * A guest from its file to its end, as a person types it.
 *
 * needs: qemu
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RealXend } from '../../xend/testing/real-xend.ts';
import { bootDisk } from './testing/boot-disk.ts';

const xend = new RealXend();
const LOG = '/var/log/xend/web.log';
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  await xend.start();
  rmSync(LOG, { force: true });
  writeFileSync('/tmp/web.img', bootDisk());
  writeFileSync(
    '/tmp/web.cfg',
    `name = "web"\nmemory = 64\nvcpus = 2\npool = "p"\ndisk = ["phy:/tmp/web.img,xvda,w"]
disk = ["format=raw,vdev=xvda,target=/tmp/web.img"]\nvif = ["bridge=br0"]\non_reboot = "destroy"\n`,
  );
  xend.xm('pool-create p cpu=5,6,7');
});
afterAll(() => xend.end());

async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; n < 600 && !holds(); n++) await pass(100);
  expect(holds()).toBe(true);
}

test('xm info says how guests run, and how near each scheduler comes', () => {
  const info = xend.xm('info');
  expect(info).toContain('guests are emulated');
  expect(info).toMatch(/fidelity +rtds, partial: /);
});

test('a domain file with a disk is a guest, in its pool, pinned a vcpu at a time', async () => {
  const made = xend.try('create /tmp/web.cfg');
  expect(made).toEqual({
    status: 0,
    out: expect.stringMatching(/^web is domain \d+ in p\n$/),
    error: 'xm: note: web: not used here: vif\n',
  });
  expect(xend.xm('list -l web')).toMatch(/disk xvda +\/tmp\/web.img, raw/);
  xend.xm('vcpu-pin web 0 7');
  xend.xm('vcpu-pin web 1 5');
  const [domain] = xend.json<{ domains: { vcpuList: { cpu: number }[] }[] }>('vcpu-list web').domains;
  expect(domain!.vcpuList.map(({ cpu }) => cpu)).toEqual([7, 5]);
  await until(() => readFileSync(LOG, 'utf8').includes('it boots'));
});

test('it is paused and moves paused, its pins widened where the pool lacks them', () => {
  xend.xm('pool-create q cpu=4');
  xend.xm('pause web');
  expect(xend.try('shutdown web').error).toContain('web is paused, and hears nothing');
  xend.xm('pool-migrate web q');
  expect(xend.xm('list web')).toMatch(/paused/);
  xend.xm('unpause web');
  xend.xm('pool-migrate web p');
});

test('its pool becomes one of null, with a cpu for each of its vcpus and no more', () => {
  xend.xm('pool-modify p sched=null');
  expect(xend.xm('pool-list p -l')).toMatch(/fidelity +partial: an isolated partition/);
  expect(xend.try('pool-modify p ncpu=1').error).toContain(
    'p would have 2 vcpus for 1 cpu, and null gives each one of its own',
  );
  expect(xend.try('pool-modify p sched=arinc653 --force').error).toContain('arinc653 is simulated only');
  xend.xm('pool-modify p sched=credit');
});

test('xm shutdown -w returns when it has powered off, and nothing is left', () => {
  expect(xend.xm('shutdown -w web')).toBe('web is asked to shut down\n');
  expect(xend.try('list web').error).toContain('there is no domain "web"');
  expect(xend.xm('pool-list p')).toMatch(/^p +5-7 +credit +-$/m);
});

test('what cannot be is refused in one sentence, and leaves nothing', () => {
  expect(xend.try('create name=x kernel=/none').error).toBe(
    'xm: cannot use "/none" as the kernel: there is no such file\n    give its whole path on the host where the guest is to run\n',
  );
  expect(xend.try(['create', 'name=x', 'disk=["/tmp/web.img,qcow2,xvda"]']).error).toContain(
    'the guest x did not start: -drive file=/tmp/web.img',
  );
  expect(xend.try(['create', 'name=x', 'exec=["sleep","9"]', 'kernel=/boot/vmlinuz']).error).toContain(
    'x cannot be a command (exec) and a guest (kernel, disk) at once',
  );
  expect(xend.xm('list')).not.toMatch(/^x /m);
});
