import { Module } from '@nestjs/common';
import { LivePageController } from './live-page.controller';
import { TicketsController } from './tickets.controller';

/** The page at `/` that shows a workspace live. */
@Module({ controllers: [LivePageController, TicketsController] })
export class LivePageModule {}
