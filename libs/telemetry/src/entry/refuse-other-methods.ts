import { MethodNotAllowedException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';

/**
 * Refuses a method that a path does not have, where others do, with 405 and the header `Allow` (RFC 9110, 15.5.6); Fastify takes it for an unknown path.
 * Must be called before there are routes. Paths that a plugin answers by a wildcard exist as far as the wildcard reaches.
 */
export function refuseOtherMethods(fastify: FastifyInstance, maxParamLength: number): void {
  const router = findMyWay({ maxParamLength });
  const methods = new Set<HTTPMethod>();
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat() as HTTPMethod[]) {
      methods.add(each);
      if (!router.hasRoute(each, url)) router.on(each, url, () => undefined);
    }
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = request.url.split('?', 1)[0] as string;
    const allowed = [...methods].filter((method) => router.find(method, path));
    if (allowed.length === 0) return done();
    reply.header('allow', allowed.sort().join(', '));
    done(new MethodNotAllowedException());
  });
}
