import { spawn, type SpawnOptions } from 'node:child_process';

export interface Outcome {
  code: number;
  /** stdout and stderr, in the order in which they came. */
  output: string;
}

/** Runs a program to its end and never throws for its exit code; a program that cannot be started has code 127. */
export function run(file: string, args: readonly string[], options: SpawnOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ code: 127, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

/** As `run`, but a failure is an error that shows what the program said. */
export async function mustRun(file: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const { code, output } = await run(file, args, options);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}
