import { readFileSync } from 'node:fs';

/** What a file says, nothing where it is not there or cannot be read: of processes that come and go. */
export function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
