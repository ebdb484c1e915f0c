/** Where text goes: a stream of the process, or a test's. */
export interface Writer {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** What xm knows of whoever calls it. */
export interface Caller {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly uid: number;
  readonly stdout: Writer;
  readonly stderr: Writer;
  /** Where this package lies: bin/xend, packaging/. */
  readonly home: string;
}
