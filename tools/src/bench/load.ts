import { Agent, request } from 'node:http';

export interface LoadOptions {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** Bodies that are sent in turn. */
  bodies?: readonly Buffer[];
  /** Requests in all, and how many at a time (each on a connection that stays open). */
  requests: number;
  connections: number;
  /** Reads an answer; throws to end the run. Default: anything but 2xx ends it. */
  onAnswer?: (status: number, body: string) => void;
}

const refuseFailure = (status: number, body: string): void => {
  if (status < 200 || status > 299) throw new Error(`an answer of ${status} spoils the measurement: ${body.slice(0, 300)}`);
};

function once(agent: Agent, options: LoadOptions, body: Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, ...(body ? { 'content-length': body.length, 'content-type': 'application/json' } : {}) };
    const outgoing = request(options.url, { agent, method: options.method ?? 'GET', headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        try {
          (options.onAnswer ?? refuseFailure)(incoming.statusCode ?? 0, Buffer.concat(chunks).toString());
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    outgoing.on('error', reject).end(body);
  });
}

/** Sends a fixed number of requests and gives the time that each took, in milliseconds. */
export async function load(options: LoadOptions): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const times: number[] = [];
  let next = 0;
  const connection = async (): Promise<void> => {
    for (let index = next++; index < options.requests; index = next++) {
      const began = performance.now();
      await once(agent, options, options.bodies?.[index % options.bodies.length]);
      times.push(performance.now() - began);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.connections }, connection));
    return times;
  } finally {
    agent.destroy();
  }
}
