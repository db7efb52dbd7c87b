import { relative } from 'node:path';
import { demoToken } from '../token/demo-token';
import { portHolder } from '../stack/port';
import { APP_NAMES, APP_PORTS } from '../stack/running-stack';
import type { Stack } from '../stack/stack';
import { newTable } from '../terminal/new-table';

const WORKSPACE = 'demo';

function movedPorts(stack: Stack): string[] {
  const moved = [...stack.apps.values()].filter(({ name, port }) => port !== APP_PORTS[name]);
  return moved.map(({ name, port }) => `port ${APP_PORTS[name]} is taken${by(portHolder(APP_PORTS[name]))}: ${name} listens on ${port}`);
}
const by = (holder?: string): string => (holder ? ` by ${holder}` : '');

/** What a newcomer needs after a start: addresses, a token, and a line to paste. */
export async function welcome(stack: Stack, dataDir: string, tookMs: number): Promise<string> {
  const { urls } = stack;
  const token = await demoToken({ workspace: WORKSPACE });
  const api = `${urls['analytics-api']}/api/v1/workspaces/${WORKSPACE}`;
  const event = `{"events":[{"id":"hello-'$(date +%s)'","type":"execution.completed","time":"'$(date -u +%FT%TZ)'","user_id":"ada","agent_id":"greeter","data":{"credits":"1.25","duration_ms":840}}]}`;
  const table = newTable();
  table.push(
    ['API docs', `${urls['analytics-api']}/docs`],
    ['WebSocket', `${urls['websocket-gateway'].replace('http', 'ws')}/live`],
    ...APP_NAMES.map((name) => [name, `${urls[name]}/health/detailed\n${urls[name]}/metrics\n${relative(process.cwd(), `${dataDir}/logs/${name}.log`)}`]),
  );
  return [
    '',
    `Shadower Analytics is ready (${(tookMs / 1000).toFixed(1)} s). Ctrl-C stops it.`,
    ...movedPorts(stack),
    '',
    table.toString(),
    '',
    `Token: admin of workspace ${WORKSPACE} for 12 hours (npm run token makes others)`,
    token,
    '',
    'Send an event, then ask for the overview:',
    `curl -sS ${api}/events -H 'authorization: Bearer ${token}' -H 'content-type: application/json' -d '${event}'`,
    `curl -sS ${api}/overview -H 'authorization: Bearer ${token}'`,
    '',
    'Watch it live (what follows # stays in the browser):',
    `${urls['websocket-gateway']}/#workspace=${WORKSPACE}&token=${token}`,
    '',
  ].join('\n');
}
