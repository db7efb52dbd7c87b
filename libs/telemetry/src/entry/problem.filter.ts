import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentContext } from '../context/request-context';
import { isExpected, reportUnexpected } from '../context/unexpected';
import { getLogger } from '../logging/logger';
import { currentTraceId } from '../tracing/span';
import { problemOf } from './problem';

const logger = getLogger('http');

/** The one place where an error becomes an answer: problem+json for the caller, one line and one report for us. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const endpoint = host.getType() === 'http' ? host.switchToHttp().getRequest<FastifyRequest>().routeOptions?.url : undefined;
    if (!isExpected(error)) {
      logger.error({ err: error, endpoint }, 'request failed');
      reportUnexpected(error, { endpoint });
    }
    if (host.getType() === 'http') answer(error, host.switchToHttp().getRequest<FastifyRequest>(), host.switchToHttp().getResponse<FastifyReply>());
  }
}

function answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.raw.headersSent) {
    // A stream broke in the middle: the only honest end is one that the caller notices.
    reply.raw.destroy();
    return;
  }
  const problem = problemOf(error);
  if (problem.retry_after_ms !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(problem.retry_after_ms / 1000))));
  if (problem.status === 401 && !reply.hasHeader('www-authenticate')) reply.header('www-authenticate', 'Bearer');
  const instance = request.url.split('?', 1)[0];
  const ids = { instance, request_id: currentContext().request_id, trace_id: currentTraceId() };
  reply.status(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify({ ...problem, ...ids }));
}
