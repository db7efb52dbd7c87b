import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { config } from '../config';
import { RATE_LIMITS, RateLimitInterceptor } from './rate-limit.interceptor';

@Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: RateLimitInterceptor }, { provide: RATE_LIMITS, useValue: config }] })
export class RateLimitsModule {}
