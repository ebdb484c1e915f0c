import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** Who may import whom. The longest name that fits a file is its layer; a layer may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  interface: [],
  hypervisor: ['interface'],
  config: ['interface'],
  libxc: ['interface', 'libxc/embedded', 'libxc/linux'],
  'libxc/embedded': ['interface', 'hypervisor', 'libxc'],
  'libxc/linux': ['interface', 'libxc'],
  'xend/planning': ['interface'],
  xend: ['interface', 'libxc', 'libxc/embedded', 'libxc/linux', 'xend/planning'],
  'xm/grammar': ['interface', 'config'],
  scenario: ['interface', 'hypervisor', 'libxc', 'libxc/embedded', 'xend/planning', 'xm/grammar'],
  xm: ['interface', 'config', 'scenario', 'xm/grammar'],
  lab: [],
};

/** Layers without clock, randomness, environment, files or timers: time and seeds come in as arguments. */
const PURE = ['interface', 'hypervisor', 'config', 'xend/planning', 'xm/grammar'];
const IMPURE =
  /\b(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|performance\.now|process\.)|from 'node:/;

const layerNames = Object.keys(MAY_IMPORT).sort((a, b) => b.length - a.length);
const layerOf = (path: string) => layerNames.find((name) => path.startsWith(`${name}/`));

const files = Object.keys(MAY_IMPORT)
  .filter((name) => !name.includes('/'))
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith('.ts'));
const sources = files.filter((file) => !/\.(test|lab)\.ts$/.test(file));

test('each layer imports only the layers below it', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const from = layerOf(file)!;
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const to = layerOf(normalize(join(dirname(file), target!)));
      if (to !== undefined && to !== from && !MAY_IMPORT[from]!.includes(to))
        wrong.push(`${file} imports ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('the pure layers know no clock, no randomness, no environment, no file', () => {
  const wrong = sources
    .filter((file) => PURE.includes(layerOf(file)!))
    .filter((file) => IMPURE.test(withoutComments(readFileSync(file, 'utf8'))));
  expect(wrong).toEqual([]);
});

test('a file stays under 400 lines', () => {
  // A table of every refusal, and a scheduler each in one file, as an engineer of Xen looks for it.
  const mayBeLonger = (file: string) =>
    file === 'interface/refusals.ts' || file.startsWith('hypervisor/sched/');
  const lines = (file: string) => readFileSync(file, 'utf8').split('\n').length;
  expect(files.filter((file) => lines(file) > (mayBeLonger(file) ? 600 : 400))).toEqual([]);
});

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
