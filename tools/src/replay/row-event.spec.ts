import { eventSchema } from '@shadower/domain';
import { parsePrice } from './price';
import { rowEvent } from './row-event';
import { parseRow } from './trace-row';

const options = { file: '/data/a trace é.csv', agent: 'replayed-agent', price: parsePrice('0.5', '1.5') };
const row = (number: number, context = '4808') => parseRow(['2023-11-16 18:17:03.9799600', context, '10'], number, number + 1);

describe("a row's event", () => {
  it('is one that the API accepts', () => {
    const event = rowEvent(row(7), options);
    expect(eventSchema.parse(event)).toEqual(event);
    expect(event).toMatchObject({ type: 'execution.completed', agent_id: 'replayed-agent', data: { status: 'succeeded', tokens: { context: 4808, generated: 10 }, credits: '2.419' } });
    expect(event.id).toMatch(/^a_trace__\.csv:7:[0-9a-f]{12}$/);
  });

  it('has an id of its own, the same in every run, wherever the file lies', () => {
    const id = (r = row(7), file = options.file) => rowEvent(r, { ...options, file }).id;
    expect(id()).toBe(id(row(7), './a trace é.csv'));
    expect(id(row(8))).not.toBe(id());
    expect(id(row(7, '4809'))).not.toBe(id());
    expect(id(row(7), 'other.csv')).not.toBe(id());
  });
});
