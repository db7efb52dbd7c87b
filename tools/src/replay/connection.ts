import { runningStack } from '../stack/running-stack';
import { demoToken } from '../token/demo-token';
import { UsageError } from './options';

export interface Connection {
  url: string;
  token: string;
}

/**
 * Where to send to: what the command line names, else the `npm start` that runs here and a token of the same secret as its own.
 * `workspace` is the one that the token opens.
 */
export async function connectionTo(workspace: string, { url, token }: Partial<Connection>): Promise<Connection> {
  const api = url ?? runningStack()?.urls?.['analytics-api'];
  if (!api) throw new UsageError('no API to talk to: run npm start in another terminal, or name one with --url and --token');
  if (!URL.canParse(api)) throw new UsageError('--url must be a URL such as http://127.0.0.1:8000');
  return { url: api, token: token ?? (await demoToken({ workspace, user: 'replay' })) };
}
