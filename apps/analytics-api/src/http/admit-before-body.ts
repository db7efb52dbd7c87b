import { NotFoundException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessGuard, type GuardedRequest } from '@shadower/auth';

type Asked = GuardedRequest & { method: string; is404: boolean; routeOptions: { url?: string } };

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Bodies are inflated and parsed before Nest's guards run, which costs far more than sending them. So whoever may send none is refused by the
 * headers: every route of the API that takes a body needs a caller, and a path that leads nowhere needs no body.
 */
export function admitBeforeBody(app: NestFastifyApplication): void {
  const guard = app.get(AccessGuard);
  app.getHttpAdapter().getInstance().addHook('onRequest', async (request) => {
    const { method, is404, routeOptions } = request as unknown as Asked;
    if (!WITH_BODY.has(method)) return;
    if (is404) throw new NotFoundException();
    if (routeOptions.url?.startsWith('/api/v1/')) await guard.authenticate(request as unknown as Asked);
  });
}
