import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { problemOf } from './problem';

const zodLike = Object.assign(new BadRequestException('Validation failed'), { getZodError: () => ({ issues: [{ path: ['events', 0, 'a/b~c'], message: 'must be a number' }] }) });

describe('problemOf', () => {
  it('tells nothing about a bug', () => {
    for (const bug of [new Error('SELECT secret'), 'thrown text', undefined, null, new HttpException('internals', 500), Object.assign(new Error('x'), { statusCode: 502 })]) {
      expect(problemOf(bug)).toEqual({ type: 'https://docs.shadower.ai/errors/internal', title: 'Internal Server Error', status: 500, detail: 'Something went wrong here; it has been reported', code: 'internal' });
    }
  });

  it('tells all that a domain error says', () => {
    const error = Object.assign(new Error('slow down'), { expected: true, status: 429, code: 'rate_limited', title: 'Too many requests', detail: 'slow down', retryAfterMs: 250, errors: [{ pointer: '/a', detail: 'b' }] });
    expect(problemOf(error)).toEqual({ type: 'https://docs.shadower.ai/errors/rate_limited', title: 'Too many requests', status: 429, detail: 'slow down', code: 'rate_limited', retry_after_ms: 250, errors: [{ pointer: '/a', detail: 'b' }] });
  });

  it('has a code for refusals of the frameworks and does not repeat what the caller sent', () => {
    expect(problemOf(new NotFoundException('Cannot GET /x?token=hunter22'))).toMatchObject({ status: 404, code: 'not_found', detail: 'There is no such resource' });
    expect(problemOf(Object.assign(new SyntaxError("Unexpected token 'h', \"hunter22\""), { statusCode: 400 }))).toMatchObject({ status: 400, code: 'bad_request', detail: 'The request cannot be understood' });
    expect(problemOf(new HttpException('teapot', 418))).toMatchObject({ status: 418, code: 'bad_request' });
  });

  it('points to each wrong field', () => {
    expect(problemOf(zodLike)).toMatchObject({ status: 422, code: 'invalid', errors: [{ pointer: '/events/0/a~1b~0c', detail: 'must be a number' }] });
  });
});
