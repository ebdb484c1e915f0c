import { type Refused, refuse } from './outcome.ts';

/** What the system says when a call fails. */
interface SystemError {
  readonly code?: string | undefined;
  readonly message: string;
}

/** A file or directory of our state that cannot be written, in words. */
export function unwritable(path: string, error: unknown): Refused {
  const { code = '', message } = error as SystemError;
  return refuse({ code: 'state-unwritable', path, why: WRITING[code] ?? message });
}

/** Why nobody could be reached at a socket. */
export function unreachable(error: SystemError): string {
  return CONNECTING[error.code ?? ''] ?? error.message;
}

const WRITING: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would grow too large',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a directory',
  // What node makes of EROFS when it creates a directory with its parents.
  ENOENT: 'it is not there and cannot be made',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is no directory',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
};

const CONNECTING: Readonly<Record<string, string>> = {
  EACCES: 'you may not use it',
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'there is no such socket',
  ENOTSOCK: 'it is no socket',
  EPERM: 'you may not use it',
};
