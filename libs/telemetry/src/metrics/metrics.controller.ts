import { Controller, ForbiddenException, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isAuthorized } from '../context/authorized';
import { clusterMetrics } from './cluster';
import { expose, formatFor, type Readable } from './exposition';
import { processRegistry } from './instruments';
import { beforeScrape } from './process';
import { ScrapeViews } from './scrape-view';

const views = new ScrapeViews();
/** Who computes rates says so by this header: Prometheus, its agents and the collectors that use its code. Anybody else sees every number as it is. */
const SCRAPER = 'x-prometheus-scrape-timeout-seconds';

async function answer(request: FastifyRequest, reply: FastifyReply, metrics: () => Promise<readonly unknown[]>): Promise<void> {
  if (!isAuthorized({ headers: request.headers, socket: request.socket })) throw new ForbiddenException('Metrics are for operators');
  const format = formatFor(request.headers.accept);
  beforeScrape();
  const isNew = request.headers[SCRAPER] === undefined ? undefined : views.next(request.socket, performance.now());
  await reply.header('content-type', format).send(await expose((await metrics()) as Readable[], format, isNew));
}

/** Prometheus and OpenMetrics text of this process, and of the whole system. */
@Controller()
export class MetricsController {
  @Get(['metrics', 'api/v1/metrics'])
  metrics(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answer(request, reply, async () => processRegistry.getMetricsAsArray());
  }

  @Get('metrics/cluster')
  cluster(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answer(request, reply, () => clusterMetrics(performance.now()));
  }
}
