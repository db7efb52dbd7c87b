import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '@shadower/auth';
import { ApiAnswer, ApiParameters, ApiProblems } from '../http/api-doc';
import { Conditional } from '../http/conditional';
import { queryFits } from '../http/fits';
import { AnalyticsReader } from './analytics-reader';
import { metricQuery, metricSchema, metricSeriesOf, readSpanOf, type MetricQuery, type MetricSeries } from './metric-series';
import { rangeOf } from './time-range';

@ApiTags('analytics')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@Controller('api/v1/workspaces/:wid/metrics')
@RequireRole('viewer')
export class MetricsController {
  constructor(private readonly reader: AnalyticsReader) {}

  @Get()
  @Conditional()
  @ApiOperation({ operationId: 'getMetric', summary: 'Get a metric as a time series', description: 'Steps that partly overlap the range are included whole, so the response may cover more than requested; it gives the range used. Percentiles are within 4.5 %; everything else is exact.' })
  @ApiParameters(metricQuery)
  @ApiAnswer(200, metricSchema)
  @ApiProblems(400, 401, 403, 404, 422, 503)
  metric(@Param('wid') wid: string, @Query(queryFits(metricQuery)) query: MetricQuery): Promise<MetricSeries> {
    const now = Date.now();
    const range = rangeOf(query, now);
    return this.reader.remember('metric', wid, readSpanOf(query, range), { ...query, ...range }, (runner) => metricSeriesOf(runner, wid, range, query, now));
  }
}
