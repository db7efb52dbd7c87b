import { Module } from '@nestjs/common';
import { DeadJobsController } from './dead-jobs.controller';

@Module({ controllers: [DeadJobsController] })
export class AdminModule {}
