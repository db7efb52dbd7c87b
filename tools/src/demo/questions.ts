import { ApiError, type ApiClient } from '../replay/api-client';
import type { SeededRandom } from './seeded-random';
import type { Tally } from './tally';

const DAY_MS = 86_400_000;
/** One in so many questions asks for an export instead. */
const EXPORT_EVERY = 40;

const pathsOf = (workspace: string, now: Date): string[] => {
  const from = new Date(now.getTime() - DAY_MS).toISOString();
  const base = `/api/v1/workspaces/${workspace}`;
  return [`${base}/overview`, `${base}/credits?from=${from}&granularity=hour`, `${base}/active-users`];
};

/** Looks at the figures now and then, as people with dashboards do. */
export class Questions {
  private exportsExist = true;
  private asked = 0;

  constructor(
    private readonly clients: ReadonlyMap<string, ApiClient>,
    private readonly random: SeededRandom,
    private readonly tally: Tally,
  ) {}

  async ask(now = new Date()): Promise<void> {
    const [workspace, client] = this.random.pick([...this.clients]);
    if (++this.asked % EXPORT_EVERY === 0 && this.exportsExist) return this.export(workspace, client, now);
    await client.get(this.random.pick(pathsOf(workspace, now)));
    this.tally.asked();
  }

  private async export(workspace: string, client: ApiClient, now: Date): Promise<void> {
    const body = { dataset: 'events', format: this.random.pick(['csv', 'ndjson']), from: new Date(now.getTime() - DAY_MS).toISOString(), to: now.toISOString() };
    try {
      await client.post(`/api/v1/workspaces/${workspace}/exports`, body);
      this.tally.exported();
    } catch (error) {
      // An API without exports has no such route.
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      this.exportsExist = false;
    }
  }
}
