import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientMessage, CLOSE_CODES, liveData, LIVE_PATH, LIVE_SUBPROTOCOL, serverMessage } from '@shadower/domain';
import { parse } from 'yaml';
import { z } from 'zod';
import { endReason } from './close-reason';

type Reference = { $ref: string };
interface Document {
  info: { description: string };
  channels: { live: { address: string; messages: Record<string, Reference> } };
  operations: Record<'say' | 'hear', { messages: Reference[] }>;
  components: { messages: Record<string, { name: string; payload: Reference }>; schemas: Record<string, object> };
  'x-close-codes': Record<string, { reason: string }>;
}

const document = parse(readFileSync(join(__dirname, '../../../../docs/asyncapi.yaml'), 'utf8')) as Document;
const sides = { client: { union: clientMessage, operation: 'say' }, server: { union: serverMessage, operation: 'hear' } } as const;

function schemaOf(option: z.ZodType): object {
  const { $schema: _, ...schema } = z.toJSONSchema(option);
  return schema;
}

/** Each message's key in the document, with the schema that the code checks it by. */
const expected = Object.entries(sides).flatMap(([side, { union }]) => union.options.map((option) => [`${side}.${option.shape.type.value}`, schemaOf(option)] as const));

describe('docs/asyncapi.yaml', () => {
  it('has the schemas that the code has, each message, and no other', () => {
    const data = Object.entries(liveData).map(([ch, schema]) => [`data.${ch}`, schemaOf(schema)] as const);
    expect(document.components.schemas).toEqual(Object.fromEntries([...expected, ...data]));
    expect(Object.keys(document.components.messages)).toEqual(expected.map(([key]) => key));
    for (const [key, message] of Object.entries(document.components.messages)) {
      expect(message).toMatchObject({ name: key.slice(key.indexOf('.') + 1), payload: { $ref: `#/components/schemas/${key}` } });
      expect(document.channels.live.messages[key]).toEqual({ $ref: `#/components/messages/${key}` });
    }
  });

  it('lets each side say its own messages', () => {
    for (const [side, { union, operation }] of Object.entries(sides))
      expect(document.operations[operation].messages).toEqual(union.options.map((option) => ({ $ref: `#/channels/live/messages/${side}.${option.shape.type.value}` })));
  });

  it('names the address, the subprotocol and every close code, those that the WebSocket library sends included', () => {
    expect(document.channels.live.address).toBe(LIVE_PATH);
    expect(document.info.description).toContain(LIVE_SUBPROTOCOL);
    const ours = Object.entries(CLOSE_CODES);
    const ofTheLibrary = [1002, 1007, 1008].map((code) => [endReason(code), code]);
    expect(Object.entries(document['x-close-codes']).map(([code, { reason }]) => [reason, Number(code)])).toEqual([...ours, ...ofTheLibrary].sort(([, a], [, b]) => Number(a) - Number(b)));
  });
});
