import fc from 'fast-check';
import { AppError } from '@shadower/domain';
import { claimedId, frameType, NotOurProtocol, parseFrame, readMessage } from './client-frame';

const parse = (text: string) => parseFrame(Buffer.from(text), false);

describe('client frames', () => {
  it('reads each message of the protocol', () => {
    const since = { epoch: 'e1', offset: '1700000000000-0' };
    for (const message of [{ type: 'sub', id: 'a', ch: 'metrics' }, { type: 'sub', id: 'a', ch: 'alerts', since }, { type: 'unsub', id: 'a' }, { type: 'ping' }, { type: 'pong' }])
      expect(readMessage(parse(JSON.stringify(message)))).toEqual(message);
  });

  it.each([[Buffer.from('{}'), true], [Buffer.from('nope'), false], [Buffer.from('[]'), false], [Buffer.from('null'), false], [Buffer.from('3'), false], [Buffer.from(''), false]])('refuses %p (binary: %p) as another protocol', (data, binary) => {
    expect(() => parseFrame(data, binary)).toThrow(NotOurProtocol);
  });

  it('names the wrong field of a message', () => {
    expect(() => readMessage(parse('{"type":"sub","id":"","ch":"metrics"}'))).toThrow(expect.objectContaining({ code: 'invalid', errors: [{ pointer: '/id', detail: expect.any(String) }] }));
    expect(() => readMessage(parse('{"type":"sub","id":"a","ch":"metrics","since":{"epoch":"e","offset":"x"}}'))).toThrow(expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/since/offset' })] }));
    expect(() => readMessage(parse('{"type":"drop tables"}'))).toThrow(expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/type' })] }));
  });

  it('labels what a client invents as unknown', () => {
    expect([{ type: 'sub' }, { type: 'constructor' }, { type: 7 }, {}].map(frameType)).toEqual(['sub', 'unknown', 'unknown', 'unknown']);
    expect([{ id: 'x' }, { id: '' }, { id: 'y'.repeat(65) }, { id: 1 }].map(claimedId)).toEqual(['x', undefined, undefined, undefined]);
  });

  it('answers any JSON object with a message or an expected error', () => {
    const anything = fc.oneof(fc.object({ maxDepth: 3 }), fc.record({ type: fc.constantFrom('sub', 'unsub', 'ping', '__proto__'), id: fc.anything(), ch: fc.anything(), since: fc.anything() }, { requiredKeys: [] }));
    fc.assert(
      fc.property(anything, (value) => {
        try {
          readMessage(value as Record<string, unknown>);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });
});
