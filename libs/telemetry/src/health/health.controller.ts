import { Controller, Get, Req, Res } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { service } from '../config';
import { isAuthorized } from '../context/authorized';
import { deliveryOf, SIGNALS } from '../context/delivery';
import { HealthRegistry, type CheckResult } from './health-registry';

/** Does a signal leave the process? `unused` until it has tried. */
const exporterStates = () =>
  Object.fromEntries(
    SIGNALS.map((signal) => {
      const { deliveredAt = 0, failedAt = 0, dropped } = deliveryOf(signal);
      const status = deliveredAt === 0 && failedAt === 0 ? 'unused' : deliveredAt >= failedAt ? 'working' : 'failing';
      return [signal, { status, dropped }];
    }),
  );

@Controller()
export class HealthController {
  constructor(
    private readonly registry: HealthRegistry,
    private readonly terminus: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  @Get('health')
  basic() {
    return { status: 'ok', service: service.name, version: service.version, uptime: Math.round(process.uptime()) };
  }

  @Get('live')
  live() {
    return { status: 'ok' };
  }

  /** What the app cannot work without; not ready while it starts and drains. */
  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    if (this.registry.phase !== 'serving') return void (await reply.status(503).send({ status: this.registry.phase }));
    const { down } = await this.ask(this.registry.names('required'), false);
    await reply.status(down.length > 0 ? 503 : 200).send(down.length > 0 ? { status: 'unhealthy', down } : { status: 'ok' });
  }

  /** Every dependency. Only an authorised caller is told facts and errors. */
  @Get('health/detailed')
  async detailed(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const trusted = isAuthorized({ headers: request.headers, socket: request.socket });
    const { checks, down } = await this.ask(this.registry.names(), trusted);
    const requiredDown = this.registry.names('required').some((name) => down.includes(name));
    const status = requiredDown ? 'unhealthy' : down.length > 0 ? 'degraded' : 'ok';
    const head = { ...this.basic(), status, phase: this.registry.phase };
    await reply.status(requiredDown ? 503 : 200).send({ ...head, checks, ...(trusted ? { telemetry: exporterStates() } : {}) });
  }

  private async ask(names: string[], trusted: boolean): Promise<{ checks: HealthIndicatorResult; down: string[] }> {
    // Not the wall clock: set back by an hour, it would hold an answer for an hour.
    const unknown: string[] = [];
    const questions = names.map((name) => async () => {
      const result = await this.registry.probe(name, performance.now());
      if (result.status === 'unknown') unknown.push(name);
      return this.indicate(result, trusted);
    });
    const outcome = await this.terminus.check(questions).catch((error: { getResponse?: () => unknown }) => {
      // Terminus answers "down" with an exception whose response is the result.
      if (typeof error.getResponse !== 'function') throw error;
      return error.getResponse() as { details: HealthIndicatorResult };
    });
    const checks = outcome.details ?? {};
    // Terminus knows no third state.
    for (const name of unknown) Object.assign(checks[name] ?? {}, { status: 'unknown' });
    return { checks, down: Object.keys(checks).filter((name) => checks[name]?.status === 'down') };
  }

  private indicate({ name, status, criticality, latency_ms, facts, error }: CheckResult, trusted: boolean): HealthIndicatorResult {
    const shown = { criticality, latency_ms, ...(trusted ? { ...facts, ...(error ? { error } : {}) } : {}) };
    return status === 'down' ? this.indicators.check(name).down(shown) : this.indicators.check(name).up(shown);
  }
}
