import { randomUUID } from 'node:crypto';
import { request } from '../testing/json-request';

/** A statement as the database's owner. */
export type Sql = <Row>(text: string, values?: unknown[]) => Promise<Row[]>;

const EXPORT = `INSERT INTO exports (workspace_id, spec, status, rows, bytes, sha256, finished_at, expires_at)
VALUES ($1, $2, 'completed', 1, 5, 'e3b0', now(), now() + interval '1 day') RETURNING id`;
const CHUNK = `INSERT INTO export_chunks (workspace_id, export_id, no, bytes) VALUES ($1, $2, 0, 'a,b\r\n'::bytea)`;
const ALERT = `INSERT INTO alerts (workspace_id, kind, subject, details) VALUES ($1, 'quota', $2, '{}') RETURNING id`;
const DEAD_JOB = `INSERT INTO dead_jobs (workspace_id, queue, job_type, job_id, payload, error, attempts, enqueued_at)
VALUES ($1, 'rollup', 'rollup', $2, jsonb_build_object('v', 1, 'workspace_id', $1::text), 'it failed', 1, now()) RETURNING id`;
/** Without a job: the worker lets it wait for a minute. */
const ERASURE = 'INSERT INTO erasures (workspace_id, user_id) VALUES ($1, $2) ON CONFLICT (workspace_id, user_id) DO UPDATE SET requested_at = now()';
/** Of rollups, which an erasure leaves alone. */
const SPEC = { dataset: 'rollups', format: 'csv', compression: 'none', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', filter: {} };

/** What no refused request may change. Progress that the worker makes by itself is left out. */
const STATE = `SELECT
  (SELECT row_to_json(q)::text FROM credit_quotas q WHERE workspace_id = $1) AS quota,
  (SELECT row_to_json(p)::text FROM retention_policies p WHERE workspace_id = $1) AS "retention policy",
  (SELECT count(*) || ' ' || max(created_at) FROM api_keys WHERE workspace_id = $1) AS keys,
  (SELECT count(*) || ' ' || max(requested_at) FROM exports WHERE workspace_id = $1 AND spec -> 'filter' -> 'user_id' IS NULL) AS exports,
  (SELECT count(acknowledged_at)::text FROM alerts WHERE workspace_id = $1) AS acknowledgements,
  (SELECT count(redriven_at)::text FROM dead_jobs WHERE workspace_id = $1) AS "jobs sent again",
  (SELECT count(*)::text FROM events WHERE workspace_id = $1) AS events,
  (SELECT count(*)::text FROM idempotency_keys WHERE workspace_id = $1) AS "idempotency keys"`;
export type TenantState = Record<string, string | null>;

const USER = 'ada';
const EVENT_ID = 'real';
/** How many events were stored of the cases' own. */
export const STORED = `SELECT count(*)::int AS n FROM events WHERE event_id <> '${EVENT_ID}'`;
const EVENT = { id: EVENT_ID, type: 'execution.completed', user_id: USER, agent_id: 'greeter', execution_id: 'run-1', data: { credits: '1' } };

/** A workspace that has one of everything, so that a request may be about something that there is. */
export class Tenant {
  private readonly ids = new Map<string, string>();
  private readonly makers: [RegExp, () => Promise<string>][] = [
    [/\/api-keys\/\{id\}/, () => this.newKey()],
    [/\/exports\/\{id\}/, () => this.newExport()],
    [/\/alerts\/\{id\}/, () => this.row(ALERT, [this.workspace, randomUUID()])],
    [/\/jobs\/dead\/\{id\}/, () => this.row(DEAD_JOB, [this.workspace, randomUUID()])],
    [/\/users\/\{uid\}\/erasure/, () => this.sql(ERASURE, [this.workspace, 'waiting']).then(() => 'waiting')],
    [/\/executions\//, () => this.happened().then(() => EVENT.execution_id)],
    [/\/agents\//, () => this.happened().then(() => EVENT.agent_id)],
    [/\/users\//, () => Promise.resolve(USER)],
  ];

  constructor(
    readonly url: string,
    readonly workspace: string,
    readonly token: string,
    private readonly sql: Sql,
    /** Gets each secret that is made for the tenant. */
    private readonly tell: (secret: string) => void,
  ) {}

  /** The id of something that the operation `GET /api/v1/...` is about. */
  async idFor(operation: string): Promise<string> {
    const [form, make] = this.makers.find(([pattern]) => pattern.test(operation)) ?? [];
    if (!form || !make) return 'x';
    const id = this.ids.get(form.source) ?? (await make());
    this.ids.set(form.source, id);
    return id;
  }

  /** The query of a signed link to an export. */
  async linkTo(id: string): Promise<string> {
    const { body } = await this.call('GET', `exports/${id}`);
    return (body.download as { url: string } | null)?.url.split('?')[1] ?? '';
  }

  /** After an operation that was done: what it was about may be gone, or be done only once. */
  used(operation: string): void {
    const [form] = this.makers.find(([pattern]) => pattern.test(operation)) ?? [];
    if (form && /^DELETE|\/retry$|\/erasure$/.test(operation)) this.ids.delete(form.source);
  }

  async state(): Promise<TenantState> {
    return (await this.sql<TenantState>(STATE, [this.workspace]))[0] ?? {};
  }

  private call(method: string, path: string, body?: unknown) {
    return request(`${this.url}/api/v1/workspaces/${this.workspace}/${path}`, { method, token: this.token, body });
  }

  private async happened(): Promise<void> {
    await this.call('POST', 'events', { events: [{ ...EVENT, time: new Date().toISOString() }] });
  }

  private async newKey(): Promise<string> {
    const { body } = await this.call('POST', 'api-keys', { name: 'real', scopes: ['read'] });
    this.tell(String(body.key));
    return String(body.id);
  }

  private async newExport(): Promise<string> {
    const id = await this.row(EXPORT, [this.workspace, JSON.stringify(SPEC)]);
    await this.sql(CHUNK, [this.workspace, id]);
    return id;
  }

  private async row(statement: string, values: unknown[]): Promise<string> {
    return (await this.sql<{ id: string }>(statement, values))[0]?.id ?? '';
  }
}
