import { connect, JobQueues } from '@shadower/redis';
import { Client } from 'pg';
import { until } from '../stack/until';
import { executionEvent, request, type Answer } from '../testing/json-request';
import type { AppsUnderTest } from '../testing/start-apps';

const WORKSPACE = 'demo';
const EVENT = { ...executionEvent('good-1'), execution_id: 'run-1' };
const span = () => ({ from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 3_600_000).toISOString() });

/** A call of one operation as it is meant to be. */
export type GoodCall = (call: Caller) => Promise<Answer>;

/** Somebody with a token for everything, and the answers that were got so far. */
export class Caller {
  /** Of the answers that others go on from. */
  readonly ids: Record<'key' | 'export' | 'alert' | 'dead', string> = { key: '', export: '', alert: '', dead: '' };

  private constructor(
    private readonly apps: AppsUnderTest,
    private readonly token: string,
  ) {}

  /** Also does what no caller can: a job dies, and a user waits to be forgotten. */
  static async of(apps: AppsUnderTest): Promise<Caller> {
    const redis = connect(apps.stack.redisUrl, 'command');
    await (await until(async () => (redis.status === 'ready' ? new JobQueues(redis) : undefined), 10_000))?.of('rollup').add('rollup', { v: 1, workspace_id: '../nowhere' });
    redis.disconnect();
    const admin = new Client({ connectionString: apps.database.adminUrl });
    await admin.connect();
    // Without a job: the worker lets it wait for a minute.
    await admin.query('INSERT INTO erasures (workspace_id, user_id) VALUES ($1, $2)', [WORKSPACE, 'waiting']);
    await admin.end();
    return new Caller(apps, await apps.token({ operator: true }));
  }

  /** `path` of the API, whose address and version go before it. */
  api(method: string, path: string, body?: unknown): Promise<Answer> {
    return request(`${this.apps.urls['analytics-api']}/api/v1/${path}`, { method, token: this.token, body });
  }
  mine(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.api(method, `workspaces/${WORKSPACE}/${path}`, body);
  }

  /** Remembers the id of what an answer shows, or of the first that it lists. */
  async keep(name: keyof Caller['ids'], answering: Promise<Answer>): Promise<Answer> {
    const answer = await answering;
    const [first] = (answer.body.items as { id: string }[] | undefined) ?? [answer.body];
    this.ids[name] = String(first?.id ?? '');
    return answer;
  }

  /** Asks again until the worker has done what is asked about; the last answer. */
  async when(ready: (answer: Answer) => boolean, ask: () => Promise<Answer>): Promise<Answer> {
    let answer = await ask();
    await until(async () => (ready(answer) ? true : void (answer = await ask())), 20_000, 100);
    return answer;
  }

  /** Follows the link of the export, as a browser would. */
  async download(): Promise<Answer> {
    const { body } = await this.mine('GET', `exports/${this.ids.export}`);
    return request(`${this.apps.urls['analytics-api']}${(body.download as { url: string }).url}`);
  }
}

const isListed = ({ body }: Answer): boolean => (body.items as unknown[]).length > 0;
const W = '/api/v1/workspaces/{wid}';

/** Every operation of the API, in an order in which each finds what it is about. */
export const GOOD_CALLS: Record<string, GoodCall> = {
  [`PUT ${W}/credits/quota`]: (call) => call.mine('PUT', 'credits/quota', { period: 'month', limit: '1', thresholds: [50] }),
  [`POST ${W}/events`]: (call) => call.mine('POST', 'events', { events: [EVENT] }),
  [`GET ${W}/overview`]: (call) => call.mine('GET', 'overview'),
  [`GET ${W}/metrics`]: (call) => call.mine('GET', 'metrics?metric=credits&group_by=agent'),
  [`GET ${W}/active-users`]: (call) => call.mine('GET', 'active-users'),
  [`GET ${W}/retention`]: (call) => call.mine('GET', 'retention'),
  [`GET ${W}/executions`]: (call) => call.mine('GET', 'executions'),
  [`GET ${W}/executions/{execution}`]: (call) => call.mine('GET', `executions/${EVENT.execution_id}`),
  [`GET ${W}/agents`]: (call) => call.mine('GET', 'agents'),
  [`GET ${W}/agents/{agent}/analytics`]: (call) => call.mine('GET', `agents/${EVENT.agent_id}/analytics`),
  [`GET ${W}/credits`]: (call) => call.mine('GET', 'credits'),
  [`GET ${W}/credits/balance`]: (call) => call.mine('GET', 'credits/balance'),
  [`GET ${W}/credits/quota`]: (call) => call.mine('GET', 'credits/quota'),
  [`GET ${W}/alerts`]: (call) => call.keep('alert', call.when(isListed, () => call.mine('GET', 'alerts'))),
  [`POST ${W}/alerts/{id}/ack`]: (call) => call.mine('POST', `alerts/${call.ids.alert}/ack`),
  [`POST ${W}/exports`]: (call) => call.keep('export', call.mine('POST', 'exports', { dataset: 'events', format: 'csv', ...span() })),
  [`GET ${W}/exports`]: (call) => call.mine('GET', 'exports'),
  [`GET ${W}/exports/{id}`]: (call) => call.when(({ body }) => body.status === 'completed', () => call.mine('GET', `exports/${call.ids.export}`)),
  [`GET ${W}/exports/{id}/download`]: (call) => call.download(),
  [`DELETE ${W}/exports/{id}`]: (call) => call.mine('DELETE', `exports/${call.ids.export}`),
  [`GET ${W}/retention-policy`]: (call) => call.mine('GET', 'retention-policy'),
  [`PUT ${W}/retention-policy`]: (call) => call.mine('PUT', 'retention-policy', { events_days: 30 }),
  [`POST ${W}/api-keys`]: (call) => call.keep('key', call.mine('POST', 'api-keys', { name: 'ci', scopes: ['ingest'] })),
  [`GET ${W}/api-keys`]: (call) => call.mine('GET', 'api-keys'),
  [`DELETE ${W}/api-keys/{id}`]: (call) => call.mine('DELETE', `api-keys/${call.ids.key}`),
  [`DELETE ${W}/users/{uid}`]: (call) => call.mine('DELETE', 'users/ada'),
  [`GET ${W}/users/{uid}/erasure`]: (call) => call.mine('GET', 'users/waiting/erasure'),
  'POST /api/v1/stream/tickets': (call) => call.api('POST', 'stream/tickets', { workspace_id: WORKSPACE }),
  'GET /api/v1/admin/jobs/dead': (call) => call.keep('dead', call.when(isListed, () => call.api('GET', 'admin/jobs/dead'))),
  'POST /api/v1/admin/jobs/dead/{id}/retry': (call) => call.api('POST', `admin/jobs/dead/${call.ids.dead}/retry`),
};
