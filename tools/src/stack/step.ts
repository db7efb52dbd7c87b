/** Runs one named piece of the start and tells how it went; the work returns what is worth saying about it beside its result. */
export type Step = <T>(title: string, work: () => Promise<T>, describe?: (result: T) => string) => Promise<T>;

/** For those who want no report. */
export const quietly: Step = (_title, work) => work();

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** One line a finished step; on a terminal also the steps in work, on a last line that is written over. */
export function stepsOnStdout(stream: NodeJS.WriteStream = process.stdout): Step {
  const working: string[] = [];
  const show = (line?: string): void => {
    const clear = stream.isTTY ? '\r\x1b[K' : '';
    const rest = stream.isTTY && working.length ? `  … ${working.join(', ')}` : '';
    if (line !== undefined || stream.isTTY) stream.write(`${clear}${line === undefined ? '' : `${line}\n`}${rest}`);
  };
  return async (title, work, describe = () => '') => {
    const began = performance.now();
    working.push(title);
    show();
    let line = `  ✗ ${title}`;
    try {
      const result = await work();
      line = `  ✓ ${title.padEnd(18)} ${seconds(performance.now() - began).padStart(6)}   ${describe(result)}`.trimEnd();
      return result;
    } finally {
      working.splice(working.indexOf(title), 1);
      show(line);
    }
  };
}
