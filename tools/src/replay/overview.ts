import type { ApiClient } from './api-client';
import type { ApiTotals } from './comparison';
import type { TraceSummary } from './trace-file';

interface Overview {
  totals: { executions: number; context_tokens: number; generated_tokens: number; credits: string };
}

/** What the API's overview says of the time that a trace covers. The API widens the span to quarters of an hour. */
export async function overviewOf(api: ApiClient, workspace: string, { firstTime, lastTime }: TraceSummary): Promise<ApiTotals> {
  // The end is exclusive.
  const to = new Date(Date.parse(lastTime) + 1).toISOString();
  const { totals } = await api.get<Overview>(`/api/v1/workspaces/${workspace}/overview?from=${firstTime}&to=${to}`);
  return { executions: totals.executions, contextTokens: String(totals.context_tokens), generatedTokens: String(totals.generated_tokens), credits: totals.credits };
}
