import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header, NotFoundException, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

const page = readFileSync(join(__dirname, '../../public/live.html'), 'utf8');

/** What the page loads; nothing comes from another host. */
const FILES: Record<string, { path: string; type: string }> = {
  'uplot.js': { path: 'uplot/dist/uPlot.iife.min.js', type: 'text/javascript; charset=utf-8' },
  'uplot.css': { path: 'uplot/dist/uPlot.min.css', type: 'text/css; charset=utf-8' },
  'live-client.js': { path: '@shadower/live-client/browser.js', type: 'text/javascript; charset=utf-8' },
};

/** Only the scripts that stand in the page run, so a workspace's data never becomes code. */
const POLICY = ["default-src 'none'", "connect-src 'self'", `script-src 'self' ${hashes('script')}`, `style-src 'self' 'unsafe-inline'`, 'img-src data:', "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join('; ');

/** A page that shows one workspace moving: the gateway's own demonstration, and a working example of the client. */
@Controller()
export class LivePageController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  @Header('referrer-policy', 'no-referrer')
  @Header('x-content-type-options', 'nosniff')
  @Header('cache-control', 'no-cache')
  index(): string {
    return page;
  }

  @Get('live-page/:file')
  async file(@Param('file') name: string, @Res() reply: FastifyReply): Promise<void> {
    const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (!file) throw new NotFoundException();
    await reply.header('content-type', file.type).header('cache-control', 'max-age=3600').header('x-content-type-options', 'nosniff').send(readFileSync(require.resolve(file.path)));
  }
}

function hashes(tag: string): string {
  const inline = [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))];
  return inline.map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`).join(' ');
}
