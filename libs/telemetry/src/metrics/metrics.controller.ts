import { Controller, ForbiddenException, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isAuthorized } from '../context/authorized';
import { clusterMetrics } from './cluster';
import { expose, formatFor, type Readable } from './exposition';
import { processRegistry } from './instruments';
import { beforeScrape } from './process';

async function answer(request: FastifyRequest, reply: FastifyReply, metrics: () => Promise<readonly unknown[]>): Promise<void> {
  if (!isAuthorized({ headers: request.headers, socket: request.socket })) throw new ForbiddenException('Metrics are for operators');
  const format = formatFor(request.headers.accept);
  beforeScrape();
  await reply.header('content-type', format).send(await expose((await metrics()) as Readable[], format));
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
    return answer(request, reply, () => clusterMetrics(Date.now()));
  }
}
