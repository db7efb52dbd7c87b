import { subscribe } from 'node:diagnostics_channel';
import { env } from '../config';
import { histogram } from './instruments';

/** The host that has a name in `external_request_duration_seconds`; every other is `other`. */
const mainApp = env.MAIN_APP_URL && new URL(env.MAIN_APP_URL).host;

const started = new WeakMap<object, number>();
type StatusClass = '2xx' | '3xx' | '4xx' | '5xx' | 'error';

function ended(request: { origin?: string | URL }, statusClass: StatusClass): void {
  const start = started.get(request);
  if (start === undefined) return;
  started.delete(request);
  const target = new URL(String(request.origin)).host === mainApp ? 'main_app' : 'other';
  histogram('external_request_duration_seconds').observe({ target, status_class: statusClass }, (performance.now() - start) / 1000);
}

/** Times every request made with `fetch` or undici, wherever in the process it is made. */
export function observeOutgoing(): void {
  subscribe('undici:request:create', (message) => void started.set((message as { request: object }).request, performance.now()));
  subscribe('undici:request:headers', (message) => {
    const { request, response } = message as { request: object; response: { statusCode: number } };
    ended(request, `${Math.floor(response.statusCode / 100)}xx` as StatusClass);
  });
  subscribe('undici:request:error', (message) => ended((message as { request: object }).request, 'error'));
}
