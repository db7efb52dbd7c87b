import { subscribe } from 'node:diagnostics_channel';
import { env } from '../config';
import { histogram } from './instruments';

/** Hosts that have a name in `external_request_duration_seconds`; every other host is `other`. */
const targets = new Map<string, string>();
if (env.MAIN_APP_URL) targets.set(new URL(env.MAIN_APP_URL).host, 'main_app');

/** Gives requests to the host of `url` a name of their own in `external_request_duration_seconds`. */
export const nameTarget = (url: string, name: string): void => void targets.set(new URL(url).host, name);

const started = new WeakMap<object, number>();
type StatusClass = '2xx' | '3xx' | '4xx' | '5xx' | 'error';

function ended(request: { origin?: string | URL }, statusClass: StatusClass): void {
  const start = started.get(request);
  if (start === undefined) return;
  started.delete(request);
  const target = targets.get(new URL(String(request.origin)).host) ?? 'other';
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
