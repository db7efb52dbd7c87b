import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { config } from '../config';
import { RateLimitInterceptor } from './rate-limit.interceptor';
import { RATE_LIMITS, RequestLimits } from './request-limits';

@Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: RateLimitInterceptor }, { provide: RATE_LIMITS, useValue: config }, RequestLimits], exports: [RequestLimits] })
export class RateLimitsModule {}
