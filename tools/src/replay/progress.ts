import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a run is: a bar on a terminal, a line for each tenth elsewhere. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

const count = (n: number): string => n.toLocaleString('en-US');

const barOf = (total: number, start: number): Progress => {
  const bar = new SingleBar({ format: '{bar} {percentage} % | {value} of {total} rows | {eta_formatted} left', hideCursor: true }, Presets.shades_classic);
  bar.start(total, start);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
};

const linesOf = (total: number, start: number): Progress => {
  let tenth = Math.floor((start * 10) / total);
  return {
    update(done) {
      const reached = Math.floor((done * 10) / total);
      if (reached > tenth) console.log(`${count(done)} of ${count(total)} rows (${Math.floor((done * 100) / total)} %)`);
      tenth = Math.max(tenth, reached);
    },
    stop: () => undefined,
  };
};

export const progressOf = (total: number, start: number): Progress => (process.stdout.isTTY ? barOf : linesOf)(total, start);
