import type { ApiClient } from './api-client';
import type { ApiTotals } from './comparison';
import type { TraceSummary } from './trace-file';

export const overviewOf = (api: ApiClient, workspace: string, _summary: TraceSummary): Promise<ApiTotals> => api.get<ApiTotals>(`/api/v1/workspaces/${workspace}/overview`);
