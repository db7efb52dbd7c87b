import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../demo/seeded-random';
import { OwnedChild } from '../../stack/owned-child';
import type { Arena } from '../arena';

type Order = 'marks-first' | 'counts-first';
const HELD_MS = 150;
/** Always as built: tests run from the sources, which Node.js cannot. */
const PROGRAM = join(__dirname, '../../../dist/chaos/sabotage/careless-worker.js');
const MARKS = 'SELECT FROM dirty_buckets WHERE workspace_id = $1 LIMIT 1';

/** Workers that count in two transactions, in place of the product's, which stands still meanwhile. */
export class CarelessWorkers {
  private readonly all: OwnedChild[] = [];

  constructor(
    private readonly arena: Arena,
    private readonly workspace: string,
    private readonly order: Order,
  ) {
    this.realWorker?.kill('SIGSTOP');
    this.start();
  }

  readonly url = (): string => this.arena.api;

  /** Kills the worker that loses counts; lets the one that counts twice hang while another takes over. */
  async fault(random: SeededRandom): Promise<void> {
    for (let time = 0; time < 4; time += 1) {
      await sleep(random.integer(100, 400));
      const worker = this.all.at(-1) as OwnedChild;
      worker.kill(this.order === 'marks-first' ? 'SIGKILL' : 'SIGSTOP');
      this.start();
      await sleep(2 * HELD_MS);
      worker.kill('SIGCONT');
    }
  }

  async idle(): Promise<boolean> {
    return (await this.arena.sql(MARKS, [this.workspace])).length === 0;
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((worker) => worker.stop('SIGTERM', 20_000)));
    this.realWorker?.kill('SIGCONT');
  }

  private get realWorker() {
    return this.arena.stack.apps.get('jobs-worker');
  }

  private start(): void {
    const env = { PATH: process.env.PATH, DATABASE_URL: this.arena.ownerUrl, WORKSPACE: this.workspace, ORDER: this.order, HELD_MS: String(HELD_MS) };
    this.all.push(OwnedChild.spawn({ file: process.execPath, args: [PROGRAM], logFile: join(this.arena.dataDir, 'logs', `careless-${this.workspace}-${this.all.length}.log`), options: { env } }));
  }
}
