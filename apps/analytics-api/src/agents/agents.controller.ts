import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '@shadower/auth';
import { cleanText } from '@shadower/domain';
import { AnalyticsReader } from '../analytics/analytics-reader';
import { rangeOf } from '../analytics/time-range';
import { ApiAnswer, ApiParameters, ApiProblems } from '../http/api-doc';
import { queryFits } from '../http/fits';
import { asOfPage, positionOf } from '../http/page';
import { agentAnalytics, agentAnalyticsOf, agentAnalyticsQuery, type AgentAnalytics, type AgentAnalyticsQuery } from './agent-analytics';
import { agentPage, agentQuery, agentsOf, type AgentPage, type AgentQuery } from './agent-list';

@ApiTags('agents')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@Controller('api/v1/workspaces/:wid/agents')
@RequireRole('viewer')
export class AgentsController {
  constructor(private readonly reader: AnalyticsReader) {}

  @Get()
  @ApiOperation({
    operationId: 'listAgents',
    summary: 'List agents active in a time range, with totals',
    description: 'Ordered by name. To rank agents, query a metric with `group_by=agent`.',
  })
  @ApiParameters(agentQuery)
  @ApiAnswer(200, agentPage)
  @ApiProblems(400, 401, 403, 404, 422, 503)
  list(@Param('wid') wid: string, @Query(queryFits(agentQuery)) query: AgentQuery): Promise<AgentPage> {
    const at = positionOf(query.cursor, cleanText(128));
    const now = asOfPage(at, Date.now());
    const range = rangeOf(query, now);
    return this.reader.read('agents', wid, (runner) => agentsOf(runner, wid, { range, now, at }, query.limit));
  }

  @Get(':agent/analytics')
  @ApiOperation({
    operationId: 'getAgentAnalytics',
    summary: 'Get the totals and time series of an agent',
    description: 'Steps that partly overlap the range are included whole, as with metrics. Percentiles are within 4.5 %; everything else is exact.',
  })
  @ApiParam({ name: 'agent', type: 'string' })
  @ApiParameters(agentAnalyticsQuery)
  @ApiAnswer(200, agentAnalytics)
  @ApiProblems(400, 401, 403, 404, 422, 503)
  analytics(@Param('wid') wid: string, @Param('agent', queryFits(cleanText(128))) agent: string, @Query(queryFits(agentAnalyticsQuery)) query: AgentAnalyticsQuery): Promise<AgentAnalytics> {
    const now = Date.now();
    return this.reader.read('agent', wid, (runner) => agentAnalyticsOf(runner, wid, agent, query, now));
  }
}
