import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppControllerRoute, AppViewRoute, BullBoardQueues, ControllerHandlerReturnType, IServerAdapter, UIConfig } from '@bull-board/api/typings/app';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

type Scope = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;
const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/**
 * What Bull Board needs of a server, on the Fastify that there is: its own adapter brings a second @fastify/static and a template engine for
 * a page with five gaps.
 */
export class BoardServer implements IServerAdapter {
  private queues: BullBoardQueues = new Map();
  private page = '';
  private statics = { prefix: '', root: '' };
  private entry?: AppViewRoute;
  private api: AppControllerRoute[] = [];
  private uiConfig: UIConfig = {};
  private onError: (error: Error) => ControllerHandlerReturnType = () => ({ status: 500, body: {} });

  constructor(private readonly basePath: string) {}

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues;
    return this;
  }
  setViewsPath(folder: string): this {
    this.page = readFileSync(join(folder, 'index.ejs'), 'utf8');
    return this;
  }
  setStaticPath(prefix: string, root: string): this {
    this.statics = { prefix, root };
    return this;
  }
  setEntryRoute(entry: AppViewRoute): this {
    this.entry = entry;
    return this;
  }
  setErrorHandler(handler: (error: Error) => ControllerHandlerReturnType): this {
    this.onError = handler;
    return this;
  }
  setApiRoutes(routes: AppControllerRoute[]): this {
    this.api = routes;
    return this;
  }
  setUIConfig(config: UIConfig = {}): this {
    this.uiConfig = config;
    return this;
  }

  /** Adds the page, what it loads, and what it calls. */
  serve(scope: Scope): void {
    // The plugin's types are those of a server without a type provider.
    void scope.register(fastifyStatic as never, { ...this.statics, decorateReply: false } as never);
    for (const url of listOf<string>(this.entry?.route ?? [])) scope.get(url, (_request, reply) => reply.type('text/html; charset=utf-8').send(this.html()));
    for (const { method, route, handler } of this.api) {
      for (const url of listOf(route)) {
        scope.route({
          method: listOf(method).map((name) => name.toUpperCase()),
          url,
          handler: async ({ params, query, body, headers }, reply) => {
            const answer = await handler({ queues: this.queues, uiConfig: this.uiConfig, params: params as never, query: query as never, body: body as never, headers: headers as never });
            return reply.status(answer.status ?? 200).send(answer.body);
          },
        });
      }
    }
    scope.setErrorHandler((error: Error, _request, reply) => {
      const answer = this.onError(error);
      return reply.status(answer.status ?? 500).type('application/problem+json').send(answer.body);
    });
  }

  private html(): string {
    const { params } = this.entry?.handler({ basePath: this.basePath, uiConfig: this.uiConfig }) ?? { params: {} };
    const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
    return this.page.replaceAll(/<%([=-]) (\w+) %>/g, (_gap, kind: string, name: string) => {
      const value = String((params as Record<string, unknown>)[name] ?? '');
      return kind === '=' ? escaped(value) : value;
    });
  }
}
