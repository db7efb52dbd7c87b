import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Arena } from '../chaos/arena';
import { numberOption } from '../replay/options';
import { DATA_DIR } from '../stack/paths';
import { drawSoak, soakSummary } from './draw-soak';
import { soak } from './soak';

const USAGE = 'npm run soak [-- --minutes 30 --rate 50]   demo traffic on private servers; draws memory and latency of each application to .data/soak.svg and states how fast memory grows';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '50' }, help: { type: 'boolean' } } });
  if (values.help) return console.log(USAGE);
  const [minutes, rate] = [numberOption('minutes', values.minutes, 0.05, 10_000), numberOption('rate', values.rate, 0.1, 10_000)];
  mkdirSync(DATA_DIR, { recursive: true });
  const arena = await Arena.start();
  const leave = (): void => void arena.stop().then(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
  try {
    const series = await soak(arena.stack, { minutes, rate, onTick: (line) => process.stdout.isTTY && process.stdout.write(`\r${line}\x1b[K`) });
    const title = `${minutes} minutes of demo traffic, up to ${rate} events/s, ${new Date().toISOString().slice(0, 10)}`;
    writeFileSync(join(DATA_DIR, 'soak.svg'), drawSoak(series, title));
    console.log(`\n${title}: ${series.accepted} events accepted\n${soakSummary(series).join('\n')}\nwrote .data/soak.svg`);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave);
    await arena.stop();
  }
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  })
  .finally(() => process.connected && process.disconnect());
