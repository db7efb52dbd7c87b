import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { AppError } from '@shadower/domain';

interface Headers {
  headers: Record<string, string | string[] | undefined>;
}
/** What an answer that is given again carries: `idempotency-replayed: true`. */
export const REPLAYED_HEADER = 'idempotency-replayed';

const WELL_FORMED = /^[\x21-\x7e]{1,128}$/;

/** The caller's key, or undefined without one. Throws AppError `bad_request` for what is none. */
export function idempotencyKeyOf({ headers }: Headers): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && WELL_FORMED.test(key)) return key;
  throw new AppError('bad_request', 'The header Idempotency-Key is malformed.', { errors: [{ pointer: 'Idempotency-Key', detail: 'must be 1 to 128 visible ASCII characters' }] });
}

/** The `Idempotency-Key` of the request, as a handler's argument; see `once`. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) => idempotencyKeyOf(context.switchToHttp().getRequest<Headers>()));

/** Documents the header. */
export const ApiIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      schema: { type: 'string', minLength: 1, maxLength: 128 },
      description: `Any unique text, such as a UUID. Within 24 hours the same request with the same key has one effect and gets the same answer, with \`${REPLAYED_HEADER}: true\`; another request with the same key is refused.`,
    }),
  );
