import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveQueueBoard } from '../admin/queue-board';
import { registerBodyParsers } from './body-parsers';
import { serveOpenApi } from './open-api';

/** What this API adds to the server that every app has. */
export function configureHttp(app: NestFastifyApplication): void {
  registerBodyParsers(app);
  serveOpenApi(app);
  serveQueueBoard(app);
}
