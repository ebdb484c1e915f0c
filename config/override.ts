import { done, type Outcome, refuse } from '../interface/index.ts';
import { type Assignment, parseXlCfg } from './xl-cfg.ts';

/**
 * `pool=pool1`, `vcpus=2`, `name="x"`, `cpus=["2","3"]`: an assignment as a shell's word. What starts like a value of
 * a file is one, with its errors; everything else is a string that needs no quotes, for the shell has eaten them.
 */
export function parseOverride(word: string): Outcome<Assignment> {
  const [, key, written] = /^([a-z][_0-9a-z]*)=(.*)$/s.exec(word) ?? [];
  if (key === undefined || written === undefined) {
    const why = `${JSON.stringify(word)} is no setting`;
    return refuse({
      code: 'usage',
      why,
      hint: 'settings that override the file look like vcpus=2 or pool=pool1',
    });
  }
  const column = key.length + 2;
  if (!/^["'[]|^(0x[0-9a-f]+|[0-9]+)$/i.test(written)) {
    const value = { kind: 'string', text: written, line: 1, column } as const;
    return done({ key, value, line: 1, column: 1 });
  }
  const parsed = parseXlCfg(word, 'command line');
  if (!parsed.ok) return parsed;
  const [only, another] = parsed.value;
  if (only !== undefined && another === undefined) return done(only);
  return refuse({
    code: 'bad-config',
    file: 'command line',
    line: 1,
    column,
    why: 'one setting a word, please',
  });
}
