import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Suites of Debian that may stand in the configuration of a machine; others may call theirs `stable`, so that is last. */
const SUITES = [
  'bullseye',
  'bookworm',
  'trixie',
  'forky',
  'sid',
  'testing',
  'unstable',
  'oldstable',
  'stable',
];

/**
 * An apt of our own in a folder: one suite of Debian, whatever the machine has, from the machine's own mirror, through its
 * own proxies; its package lists stay as they are. Nothing that apt cannot verify by its signature comes through.
 */
export class Apt {
  readonly #directory: string;
  readonly #options: readonly string[];

  constructor(directory: string, suite: string) {
    this.#directory = directory;
    for (const name of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(join(directory, name), { recursive: true });
    const sources = join(directory, 'sources.list');
    // What the machine has installed, maybe from elsewhere, is nothing to this apt.
    const status = join(directory, 'status');
    writeFileSync(status, '');
    this.#options = Object.entries({
      'Dir::Etc::sourcelist': sources,
      'Dir::Etc::sourceparts': '-',
      'Dir::State::lists': join(directory, 'lists'),
      'Dir::State::status': status,
      'Dir::Cache': join(directory, 'cache'),
      // apt would drop to a user who may not look into our folder
      'APT::Sandbox::User': 'root',
      'APT::Update::Error-Mode': 'any',
      'APT::Get::AllowUnauthenticated': 'false',
      'Acquire::AllowInsecureRepositories': 'false',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
    }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    this.#update(sources, suite);
  }

  /** What a package depends on, and what that depends on, and so forth: names of packages. */
  dependencies(name: string): string[] {
    const printed = this.#run('apt-cache', ['depends', '--recurse', '--important', name]);
    return [...printed.matchAll(/^[a-z]\S+$/gm)].map(([name]) => name);
  }

  /** Fetches packages and unpacks them into one folder. Returns it. */
  unpack(names: readonly string[]): string {
    const folder = mkdtempSync(join(this.#directory, 'packages-'));
    this.#run('apt-get', ['download', '-qq', ...names], folder);
    const unpacked = join(folder, 'unpacked');
    for (const file of readdirSync(folder)) execFileSync('dpkg', ['-x', file, unpacked], { cwd: folder });
    return unpacked;
  }

  /** The first mirror that has the suite, signed by Debian. */
  #update(sources: string, suite: string): void {
    const printed = execFileSync('apt-get', ['update', '--print-uris'], { encoding: 'utf8' });
    const mirrors = mirrorsIn(printed);
    if (mirrors.length === 0) throw new Error("the machine's apt knows no mirror of Debian");
    const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
    const failures: string[] = [];
    for (const mirror of mirrors) {
      writeFileSync(sources, `deb ${signed}${mirror} ${suite} main\n`);
      try {
        this.#run('apt-get', ['update', '-qq']);
        return;
      } catch (error) {
        failures.push((error as Error).message);
      }
    }
    throw new Error(`no mirror has ${suite}:\n${failures.join('\n')}`);
  }

  #run(program: string, words: readonly string[], cwd = this.#directory): string {
    return execFileSync(program, [...this.#options, ...words], { cwd, encoding: 'utf8', stdio: 'pipe' });
  }
}

/** The mirrors that may be Debian's, likeliest first, in what `apt-get update --print-uris` prints. */
export function mirrorsIn(printed: string): string[] {
  const found: { mirror: string; rank: number }[] = [];
  for (const [, mirror, suite] of printed.matchAll(/^'([^']+?)\/+dists\/([^/']+)\/main\/binary-/gm)) {
    const rank = SUITES.indexOf(suite!);
    if (rank >= 0) found.push({ mirror: mirror!, rank: suite === 'stable' ? 1 : 0 });
  }
  return [...new Set(found.sort((a, b) => a.rank - b.rank).map(({ mirror }) => mirror))];
}
