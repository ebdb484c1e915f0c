/** libvirt in a guest of the laboratory, as Debian packs it, and a guest of its own, emulated twice. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { CgroupFiles } from '../cgroup-files.ts';
import { isBooted } from '../systemd/commands.ts';
import { pass, ROOT, text, write } from './lab-stand.ts';

export const GUEST = 'lab-guest';
const SOCKET = '/run/libvirt/libvirt-sock';
const LOG = '/tmp/libvirtd.log';

/** No network, no users but root, no log daemon. */
const CONFIGURATION = {
  'qemu.conf': `security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
namespaces = []
stdio_handler = "file"
cgroup_controllers = [ "cpu", "cpuset" ]
`,
  'libvirtd.conf': 'auth_unix_rw = "none"\nauth_unix_ro = "none"\nlog_outputs = "3:stderr"\n',
};

/** Two vcpus, one of them pinned, an emulator that is, and an iothread. It finds nothing to boot, and waits. */
const DEFINITION = `<domain type='qemu'>
  <name>${GUEST}</name><memory unit='MiB'>64</memory><vcpu>2</vcpu><iothreads>1</iothreads>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <cputune><vcpupin vcpu='0' cpuset='1'/><emulatorpin cpuset='0-3'/></cputune>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/><memballoon model='none'/>
  </devices>
</domain>
`;

export function virsh(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync('virsh', ['-c', 'qemu:///system', ...words], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`virsh ${words.join(' ')}: ${stderr}`);
  return stdout;
}

/** Starts the daemon, as a service where there is a systemd, and defines the guest. Returns how it is ended. */
export async function startLibvirt(): Promise<() => Promise<void>> {
  mkdirSync('/etc/libvirt', { recursive: true });
  for (const [name, text] of Object.entries(CONFIGURATION)) writeFileSync(`/etc/libvirt/${name}`, text);
  const end = isBooted() ? startService() : startDaemon();
  for (let n = 0; n < 300 && !existsSync(SOCKET); n++) await pass(200);
  if (!existsSync(SOCKET)) throw new Error(`libvirtd does not listen:\n${readFileSync(LOG, 'utf8')}`);
  writeFileSync('/tmp/lab-guest.xml', DEFINITION);
  virsh('define', '/tmp/lab-guest.xml');
  return async () => {
    if (virsh('list', '--name').includes(GUEST)) virsh('destroy', GUEST);
    await end();
  };
}

function startDaemon(): () => Promise<void> {
  const log = openSync(LOG, 'a');
  const before = controllers();
  const daemon = spawn('libvirtd', { stdio: ['ignore', log, log] });
  return async () => {
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill();
    await ended;
    // What it never takes away again: the cgroup around its guests, and the controllers that this needed.
    await new CgroupFiles(ROOT).remove('machine');
    for (const name of controllers().filter((one) => !before.includes(one)))
      write(`-${name}`, 'cgroup.subtree_control');
  };
}

const controllers = () => text('cgroup.subtree_control').split(' ').filter(Boolean);

function startService(): () => Promise<void> {
  const properties = ['Delegate=yes', `StandardOutput=append:${LOG}`, `StandardError=append:${LOG}`];
  const words = ['--quiet', '--unit=libvirtd', ...properties.map((one) => `--property=${one}`)];
  execFileSync('systemd-run', [...words, '/bin/libvirtd']);
  return async () => void execFileSync('systemctl', ['stop', 'libvirtd']);
}

/** Its process. */
export const pidOfGuest = (): number => Number(readFileSync(`/run/libvirt/qemu/${GUEST}.pid`, 'utf8'));

/** Each thread of a process: what it is called, its cgroup, where it may run. In the order of their names. */
export function threadsOf(pid: number) {
  const said = (thread: string, file: string) =>
    readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8').trim();
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => ({
      name: said(thread, 'comm'),
      place: /^0::\/(.*)$/m.exec(said(thread, 'cgroup'))![1]!,
      allowed: /^Cpus_allowed_list:\s(\S+)$/m.exec(said(thread, 'status'))![1]!,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What libvirt wants of its guest: who is pinned where. */
export const pinsOfLibvirt = (): string[] => ['vcpupin', 'emulatorpin'].map((word) => virsh(word, GUEST));

/** Where it sees that its vcpus and iothreads may run. */
export const seenByLibvirt = (): string[] => [
  ...(virsh('vcpuinfo', GUEST).match(/^CPU Affinity: .*$/gm) ?? []),
  virsh('iothreadinfo', GUEST),
];
