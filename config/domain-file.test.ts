import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { explain } from '../interface/index.ts';
import { readDomainFile } from './domain-file.ts';

const read = (text: string, overrides: string[] = [], file = '/etc/xen/vm5.cfg') => {
  const found = readDomainFile(text, file, overrides);
  return found.ok ? found.value : explain(found.refusal).sentence;
};

test('the keys of xl.cfg become a definition, others are kept as they were written', () => {
  const text = `name="web"\nmemory = "512"\nmaxmem=1024\nvcpus=2\nmaxvcpus=4\ncpu_weight=512\ncap=50\npool="pool1"
cpus="4-7,^6"\nworkload="duty 20 80"\nvif=['']`;
  expect(read(text)).toEqual({
    name: 'web',
    pool: 'pool1',
    vcpus: 2,
    memoryMib: 512,
    weight: 512,
    cap: 50,
    affinity: { hard: [4, 5, 7], soft: null },
    workload: { kind: 'duty', burstMs: 20, sleepMs: 80 },
    otherKeys: { maxmem: 1024, maxvcpus: 4, vif: [''] },
  });
});

test('a domain without a name is called after its file', () => {
  expect(read('')).toEqual({ name: 'vm5' });
  expect(read('', [], 'vm5')).toEqual({ name: 'vm5' });
  expect(read('', [], 'lab/web.1.xl')).toEqual({ name: 'web.1' });
});

test('words of the command line win over the file, with or without quotes', () => {
  expect(
    read('pool="a"\nvcpus=1', ['pool=pool1', 'vcpus=2', 'name="x y"', 'cpus=1,3', 'workload=cpu']),
  ).toEqual({
    name: 'x y',
    pool: 'pool1',
    vcpus: 2,
    affinity: { hard: [1, 3], soft: null },
    workload: { kind: 'cpu' },
  });
});

test('a list of cpus has one entry a vcpu, and none for those beyond its end', () => {
  expect(read('vcpus=3\ncpus=["4-5", 6]\ncpus_soft="all"')).toMatchObject({
    affinity: [
      { hard: [4, 5], soft: null },
      { hard: [6], soft: null },
      { hard: null, soft: null },
    ],
  });
});

test('a command is a list of words, numbers too; nothing splits or expands them', () => {
  expect(read('exec = ["/bin/make", "-j", 4, "$HOME *"]')).toMatchObject({
    exec: ['/bin/make', '-j', '4', '$HOME *'],
  });
  expect(read('', ['exec=["sleep","9"]'])).toMatchObject({ exec: ['sleep', '9'] });
});

test('a kernel or a disk makes a guest, whose keys are kept as well, for hosts that do not read them', () => {
  const text = `kernel="/boot/k"\nramdisk="/boot/i"\nroot="/dev/xvda1"\nextra="ro quiet"\nboot="cd"
disk=['phy:/dev/x,xvda,w']\non_poweroff="destroy"\non_reboot="restart"\nvif=[]`;
  const found = read(text);
  expect(found).toMatchObject({
    guest: {
      kernel: '/boot/k',
      ramdisk: '/boot/i',
      cmdline: 'root=/dev/xvda1 ro quiet',
      boot: 'cd',
      disks: ['phy:/dev/x,xvda,w'],
      onPoweroff: 'destroy',
      onReboot: 'restart',
    },
    otherKeys: { kernel: '/boot/k', disk: ['phy:/dev/x,xvda,w'], vif: [] },
  });
  expect(read('kernel="/k"\ncmdline="a"\nextra="b"')).toMatchObject({ guest: { cmdline: 'a' } });
  expect(read('disk=[]\nextra="b"')).toEqual({ name: 'vm5', otherKeys: { disk: [], extra: 'b' } });
});

test('a trace is written as pairs', () => {
  expect(read('workload="trace 5 20 1 3"')).toMatchObject({
    workload: { kind: 'trace', runMs: [5, 1], sleepMs: [20, 3] },
  });
});

test.each([
  ['vcpus = "two"', 'line 1, column 9: vcpus must be a whole number'],
  ['\nmemory=[1]', 'line 2, column 8: memory must be a whole number'],
  ['name=["x"]', 'line 1, column 6: name must be a string, not a list'],
  ['vcpus=4\nmaxvcpus=2', 'line 2, column 10: maxvcpus is less than vcpus'],
  [
    'cpus="1-"',
    'line 1, column 6: cpus is no list of cpus: cannot read the cpu list "1-": "1-" at character 1 is no cpu and no range',
  ],
  ['cpus=["1", "1,^1"]\nvcpus=2', 'line 1, column 12: cpus leaves no cpu'],
  ['cpus=["1","2"]', 'line 1, column 6: cpus names 2 vcpus, the domain has 1'],
  ['cpus="node:0"', 'line 1, column 6: cpus cannot name nodes here: name their cpus (xm info shows them)'],
  [
    'workload="burn"',
    'line 1, column 10: workload "burn" is none of cpu, idle, duty, periodic, bursty, io, trace',
  ],
  ['exec="make"', 'line 1, column 6: exec must be a list of words, like ["/usr/bin/make", "-j4"]'],
  ['exec=["a", ["b"]]', 'line 1, column 12: exec cannot have a list in its list'],
  [
    'disk="phy:/dev/x,xvda,w"',
    'line 1, column 6: disk must be a list, like ["format=raw,vdev=xvda,target=/srv/web.img"]',
  ],
  ['disk=[["a"]]', 'line 1, column 7: disk has an entry that is no string'],
  ['exec=[]', 'line 1, column 6: exec names no program'],
  ['workload="duty 20"', 'line 1, column 10: workload duty is written "duty burstMs sleepMs"'],
  [
    'workload="duty 0 80"',
    'line 1, column 10: workload duty: burstMs must be a number of milliseconds from 0.001 to 86400000',
  ],
])('%j is refused at its place', (text, sentence) => {
  expect(read(text)).toBe(`/etc/xen/vm5.cfg, ${sentence}`);
});

test('a wrong word of the command line is refused as such', () => {
  expect(read('', ['pool'])).toBe('"pool" is no setting');
  expect(read('', ['vcpus=two'])).toBe('command line, line 1, column 7: vcpus must be a whole number');
  expect(read('', ['cpus=["1"'])).toBe('command line, line 1, column 6: this list has no end: ] is missing');
  expect(read('', ['a="x";b=2'])).toContain('one setting a word');
});

const scratch = mkdtempSync(join(tmpdir(), 'xlexample-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Where Debian's own examples are: in `XLEXAMPLES` if set, else unpacked from the package. */
function exampleFolder(): string | null {
  if (process.env.XLEXAMPLES !== undefined) return process.env.XLEXAMPLES;
  try {
    const quiet = { cwd: scratch, stdio: 'ignore' } as const;
    execFileSync('apt-get', ['download', 'xen-utils-common'], quiet);
    execFileSync('sh', ['-c', 'dpkg -x xen-utils-common_*.deb .'], quiet);
    return join(scratch, 'etc/xen');
  } catch {
    return null;
  }
}

const folder = exampleFolder();
test.skipIf(folder === null).each([
  ['pvlinux', { name: 'example.pvlinux', memoryMib: 128, vcpus: 2 }, 'kernel'],
  ['hvm', { name: 'example.hvm', memoryMib: 128, vcpus: 2 }, 'sdl'],
  ['pvhlinux', { name: 'example.pvhlinux', memoryMib: 512, vcpus: 4 }, 'extra'],
])(
  'the example xlexample.%s of xen-utils-common loads (skipped where the package is out of reach)',
  (kind, expected, otherKey) => {
    const file = join(folder!, `xlexample.${kind}`);
    expect(existsSync(file), file).toBe(true);
    const found = readDomainFile(readFileSync(file, 'utf8'), file, []);
    expect(found).toMatchObject({ ok: true, value: expected });
    expect(found.ok && found.value.otherKeys).toHaveProperty(otherKey);
  },
);
