import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeXend } from '../testing/fake-xend.ts';
import { PROPOSAL_POOLS } from '../testing/views.ts';

/** The real shells, with the real program in their path, beside a fake xend. */
const xend = new FakeXend(() => [200, { pools: PROPOSAL_POOLS }]);

beforeAll(async () => {
  await xend.listen();
  mkdirSync(join(xend.directory, 'bin'));
  symlinkSync(join(process.cwd(), 'bin', 'xm'), join(xend.directory, 'bin', 'xm'));
  writeFileSync(join(xend.directory, 'vm5.cfg'), '');
});
afterAll(() => xend.close());

/** What a shell is made to say what it would offer behind this line, a candidate a line. */
const SAY: Record<string, (line: string) => string> = {
  bash: (line) => `
    source packaging/completion/xm.bash
    cd ${xend.directory}
    COMP_LINE='${line}' COMP_POINT=${line.length}
    IFS=$' \\t\\n=' read -ra COMP_WORDS <<< "$COMP_LINE"
    [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _xm
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // compadd works only under a cursor: what _xm hands to the completion system is printed in its place.
  zsh: (line) => `
    compdef() { }
    _describe() { print -l -- \${\${(P)4}%%:*} }
    _files() { print -l -- $PREFIX*(N) }
    source packaging/completion/xm.zsh
    cd ${xend.directory}
    words=(\${(s: :)\${:-'${line}'}}) PREFIX=\${\${:-'${line}'}##* }
    [[ '${line}' == *' ' ]] && words+=('')
    CURRENT=$#words
    _xm`,
  fish: (line) => `
    source packaging/completion/xm.fish
    cd ${xend.directory}
    complete -C '${line}' | string replace -r '\\t.*' ''
    true`,
};

function offered(shell: string, line: string): Promise<string[]> {
  const env = {
    PATH: `${join(xend.directory, 'bin')}:${process.env.PATH}`,
    HOME: xend.directory,
    XM_CONNECT: xend.socket,
  };
  return new Promise((resolve, reject) =>
    execFile(shell, ['-c', SAY[shell]!(line)], { env }, (error, stdout, stderr) =>
      error === null ? resolve(stdout.split('\n').filter(Boolean)) : reject(new Error(stderr)),
    ),
  );
}

for (const shell of ['bash', 'zsh', 'fish']) {
  const isThere = spawnSync(shell, ['-c', ':']).status === 0;
  test.runIf(isThere)(`${shell} completes commands, names, keys and files (needs ${shell})`, async () => {
    expect(await offered(shell, 'xm pool-mo')).toEqual(['pool-modify']);
    expect(await offered(shell, 'xm pool-destroy ')).toEqual(['pool0', 'pool1', 'pool2']);
    expect(await offered(shell, 'xm pool-create p nc')).toEqual(['ncpu=']);
    expect(await offered(shell, 'xm create vm')).toEqual(['vm5.cfg']);
    // bash takes the part behind the equals sign for a word of its own.
    const value = shell === 'bash' ? ['pool1'] : ['pool=pool1'];
    expect(await offered(shell, 'xm create vm5 pool=pool1')).toEqual(value);
  });
}
