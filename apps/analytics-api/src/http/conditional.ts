import { createHash } from 'node:crypto';
import { applyDecorators, Injectable, UseInterceptors, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import { map, type Observable } from 'rxjs';

interface Request {
  headers: { 'if-none-match'?: string };
}
interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** Of what an answer says of itself, only where it came from and when; that changes with every request and is no news. */
const withoutMeta = (answer: object): object => ({ ...answer, meta: undefined });

/** Weak: two answers with one tag say the same, though perhaps of another moment. */
export const entityTag = (answer: object): string => `W/"${createHash('sha256').update(JSON.stringify(withoutMeta(answer))).digest('base64url').slice(0, 27)}"`;

/** Whether an `If-None-Match` names the tag (RFC 9110, 13.1.2: by weak comparison). */
export const names = (header: string | undefined, tag: string): boolean =>
  header !== undefined && (header.trim() === '*' || header.split(',').some((each) => each.trim().replace(/^W\//, '') === tag.replace(/^W\//, '')));

/** Adds an ETag and answers 304 when it matches; the body may come from the answer cache, either way exact. */
@Injectable()
export class ConditionalInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<object>): Observable<object | undefined> {
    const http = context.switchToHttp();
    const { headers } = http.getRequest<Request>();
    const reply = http.getResponse<Reply>();
    return next.handle().pipe(
      map((answer) => {
        const tag = entityTag(answer);
        reply.header('etag', tag);
        reply.header('cache-control', 'private, no-cache');
        if (!names(headers['if-none-match'], tag)) return answer;
        reply.status(304);
        return undefined;
      }),
    );
  }
}

/** For a GET whose answer often stays the same: who polls it pays for news only. */
export const Conditional = (): MethodDecorator =>
  applyDecorators(
    UseInterceptors(ConditionalInterceptor),
    ApiHeader({ name: 'If-None-Match', required: false, schema: { type: 'string' }, description: 'the `ETag` of an earlier response; it does not cover `meta`, which changes with every request' }),
    ApiResponse({ status: 304, description: 'The figures are unchanged since the earlier response' }),
  );
