import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentContext } from '../context/request-context';
import { currentTraceId } from '../tracing/span';
import { noteFailure } from './http-hooks';
import type { Problem } from './problem';
import { problemReport } from './problem-report';

/** The one place where an error becomes an answer: problem+json for the caller, one line and one report for us. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const endpoint = host.getType() === 'http' ? host.switchToHttp().getRequest<FastifyRequest>().routeOptions?.url : undefined;
    const problem = problemReport(error, { endpoint });
    if (host.getType() !== 'http') return;
    const [request, reply] = [host.switchToHttp().getRequest<FastifyRequest>(), host.switchToHttp().getResponse<FastifyReply>()];
    if (!reply.raw.headersSent) return answer(problem, request, reply);
    // It broke in the middle of its answer: the only honest end is one that the caller notices.
    noteFailure(reply.raw, error);
    reply.raw.destroy();
  }
}

function answer(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  if (problem.retry_after_ms !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(problem.retry_after_ms / 1000))));
  if (problem.status === 401 && !reply.hasHeader('www-authenticate')) reply.header('www-authenticate', 'Bearer');
  const instance = request.url.split('?', 1)[0];
  const ids = { instance, request_id: currentContext().request_id, trace_id: currentTraceId() };
  reply.status(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify({ ...problem, ...ids }));
}
