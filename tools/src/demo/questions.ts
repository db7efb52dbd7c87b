import { ApiError, type ApiClient } from '../replay/api-client';
import type { SeededRandom } from './seeded-random';
import type { Tally } from './tally';

const DAY_MS = 86_400_000;
/** One in so many questions asks for an export instead. */
const EXPORT_EVERY = 40;

const pathsOf = (workspace: string, now: Date): string[] => {
  const from = new Date(now.getTime() - DAY_MS).toISOString();
  const base = `/api/v1/workspaces/${workspace}`;
  const today = now.toISOString().slice(0, 10);
  return [`${base}/overview`, `${base}/overview?from=${from.slice(0, 10)}&to=${today}`, `${base}/credits?from=${from}&granularity=hour`, `${base}/active-users`];
};

/** Looks at the figures now and then, as people with dashboards do. */
export class Questions {
  private asked = 0;

  constructor(
    private readonly clients: ReadonlyMap<string, ApiClient>,
    private readonly random: SeededRandom,
    private readonly tally: Tally,
  ) {}

  async ask(now = new Date()): Promise<void> {
    const [workspace, client] = this.random.pick([...this.clients]);
    if (++this.asked % EXPORT_EVERY === 0) return this.export(workspace, client, now);
    await client.get(this.random.pick(pathsOf(workspace, now)));
    this.tally.asked();
  }

  private async export(workspace: string, client: ApiClient, now: Date): Promise<void> {
    const body = { dataset: 'events', format: this.random.pick(['csv', 'ndjson']), from: new Date(now.getTime() - DAY_MS).toISOString(), to: now.toISOString() };
    try {
      await client.post(`/api/v1/workspaces/${workspace}/exports`, body);
      this.tally.exported();
    } catch (error) {
      // Those before it are still being written.
      if (!(error instanceof ApiError && error.status === 429)) throw error;
    }
  }
}
