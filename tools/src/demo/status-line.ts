const LINE_EVERY_MS = 10_000;

/** One line that is written over on a terminal, a line every ten seconds elsewhere. */
export class StatusLine {
  private lastLineMs = 0;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  show(line: string, nowMs: number): void {
    if (this.out.isTTY) {
      this.out.write(`\r${line.slice(0, this.out.columns - 1)}\x1b[K`);
    } else if (nowMs - this.lastLineMs >= LINE_EVERY_MS) {
      this.lastLineMs = nowMs;
      this.out.write(`${line}\n`);
    }
  }

  end(line: string): void {
    this.out.write(this.out.isTTY ? `\r${line}\x1b[K\n` : `${line}\n`);
  }
}
