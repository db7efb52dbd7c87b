import { Module } from '@nestjs/common';
import { RetentionPolicyController } from './retention-policy.controller';
import { RetentionWindows } from './retention-windows';

@Module({ controllers: [RetentionPolicyController], providers: [RetentionWindows], exports: [RetentionWindows] })
export class RetentionPolicyModule {}
