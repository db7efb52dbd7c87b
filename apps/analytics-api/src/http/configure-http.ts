import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveQueueBoard } from '../admin/queue-board';
import { admitBeforeBody } from './admit-before-body';
import { registerBodyParsers } from './body-parsers';
import { serveOpenApi } from './open-api';

/** What this API adds to the server that every app has. */
export function configureHttp(app: NestFastifyApplication): void {
  admitBeforeBody(app);
  registerBodyParsers(app);
  serveOpenApi(app);
  serveQueueBoard(app);
}
