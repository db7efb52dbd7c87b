/** An answer, read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, when it is. */
  body: Record<string, unknown>;
}

/** One request as a client makes it. `body` is sent as JSON. */
export async function request(url: string, { method = 'GET', token, body, headers = {} }: { method?: string; token?: string; body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

/** A finished execution that happened just now. */
export const executionEvent = (id: string, credits = '1.25') => ({ id, type: 'execution.completed', time: new Date().toISOString(), user_id: 'ada', agent_id: 'greeter', data: { credits, duration_ms: 840 } });
