import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { TokenService } from '@shadower/auth';
import { AppError, QUEUES } from '@shadower/domain';
import { JobQueues, REDIS } from '@shadower/redis';
import { problemReport, updateContext } from '@shadower/telemetry';
import { BoardServer } from './board-server';
import { presentedToken } from './presented-token';

export const QUEUE_BOARD = '/admin/queues';
/** The page brings its scripts; the fonts that it would fetch from elsewhere it does without. */
const POLICY = `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'`;
const HEADERS = { 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' };

interface Asked {
  url: string;
  method: string;
  headers: Record<string, string | string[] | undefined>;
}
interface Reply {
  code(status: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body: unknown): Reply;
}

/** Bull Board: what waits, runs and failed in each queue, for operators. A browser asks for a name and a password: any name, and an operator's token. */
export function serveQueueBoard(app: NestFastifyApplication): void {
  const [queues, redis, tokens] = [app.get(JobQueues), app.get<{ status: string }>(REDIS), app.get(TokenService)];
  const server = new BoardServer(QUEUE_BOARD);
  const boardQueues = () => QUEUES.map((name) => new BullMQAdapter(queues.of(name)));
  const board = createBullBoard({ queues: boardQueues(), serverAdapter: server, options: { uiConfig: { boardTitle: 'Shadower queues', hideRedisDetails: true } } });
  // Bull Board names fewer statuses than there are; any is sent.
  server.setErrorHandler((error) => failed(error, QUEUE_BOARD) as ReturnType<Parameters<BoardServer['setErrorHandler']>[0]>);
  const admit = async (request: Asked, reply: Reply): Promise<Reply | void> => {
    reply.headers(HEADERS);
    try {
      await assertOperator(request, tokens);
      if (redis.status !== 'ready') throw new AppError('unavailable', 'Redis, which holds the queues, is unavailable.', { retryAfterMs: 1_000 });
      // A queue whose connection broke at the wrong moment has been opened anew.
      board.replaceQueues(boardQueues());
    } catch (error) {
      const { status, body } = failed(error, request.url);
      if (status === 401) reply.headers({ 'www-authenticate': 'Basic realm="Shadower operators", charset="UTF-8"' });
      return reply.code(status).headers({ 'content-type': 'application/problem+json' }).send(body);
    }
  };
  void app.getHttpAdapter().getInstance().register(
    (scope, _options, done) => {
      scope.addHook('onRequest', admit as never);
      server.serve(scope);
      done();
    },
    { prefix: QUEUE_BOARD },
  );
}

const failed = (error: unknown, path: string) => {
  const problem = problemReport(error, { endpoint: QUEUE_BOARD });
  return { status: problem.status, body: { ...problem, instance: path.split('?')[0] } };
};

/** Throws AppError `unauthorized` or `forbidden`. A browser repeats a password for whichever page makes it ask, so no other site's page may change anything. */
async function assertOperator({ method, headers }: Asked, tokens: TokenService): Promise<void> {
  const principal = await tokens.verifyToken(presentedToken(headers.authorization as string | undefined));
  updateContext({ user_id: principal.sub });
  if (!principal.operator) throw new AppError('forbidden', 'Operator access is required.');
  const site = headers['sec-fetch-site'] ?? 'none';
  if (method !== 'GET' && method !== 'HEAD' && site !== 'same-origin' && site !== 'none') throw new AppError('forbidden', 'Queues may only be changed from the board itself, not from another site.');
}
