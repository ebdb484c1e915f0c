/** What the laboratory takes from the machine it runs on, and leaves there: programs, and files without a name. */
import { mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function programAt(name: string): string {
  const found = (process.env.PATH ?? '').split(':').map((folder) => join(folder, name));
  for (const path of found)
    try {
      return realpathSync(path);
    } catch {
      // not in this folder
    }
  throw new Error(`${name} is not installed; lab/README.md says what the laboratory needs`);
}

/** A new file without a name, opened twice. */
export function openNameless(name: string): { writing: number; reading: number } {
  const directory = mkdtempSync(join(tmpdir(), 'cpu-pools-lab-'));
  try {
    const file = join(directory, name);
    return { writing: openSync(file, 'w', 0o600), reading: openSync(file, 'r') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
