import { Receiver } from '../receiver';

export interface Indexed {
  index: string;
  id: string;
  operation: string;
  document: Record<string, unknown>;
}

/** Stands for Elasticsearch: takes `_bulk` requests and remembers what was indexed where. */
export class BulkReceiver {
  readonly indexed: Indexed[] = [];
  /** Answers 429 to single items, as an overloaded Elasticsearch does. */
  overloaded = false;

  private constructor(readonly receiver: Receiver) {}

  static async start(port = 0): Promise<BulkReceiver> {
    const bulk = new BulkReceiver(await Receiver.start(port));
    bulk.receiver.answer = ({ path, body }) => {
      const headers = { 'x-elastic-product': 'Elasticsearch' };
      return { status: 200, headers, body: path.includes('_bulk') ? bulk.take(body) : '{"version":{"number":"9.5.0"}}' };
    };
    return bulk;
  }

  private take(body: string): string {
    const lines = body.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    const items = [];
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const [operation, { _index: index, _id: id }] = Object.entries(lines[at] as Record<string, { _index: string; _id: string }>)[0] as [string, { _index: string; _id: string }];
      if (!this.overloaded) this.indexed.push({ operation, index, id, document: lines[at + 1] as Record<string, unknown> });
      items.push({ [operation]: this.overloaded ? { _index: index, _id: id, status: 429, error: { type: 'es_rejected_execution_exception', reason: 'overloaded' } } : { _index: index, _id: id, status: 201, result: 'created' } });
    }
    return JSON.stringify({ took: 1, errors: this.overloaded, items });
  }

  /** Waits until `wanted` is true of what was indexed. */
  async until(wanted: (indexed: readonly Indexed[]) => boolean, patienceMs = 20_000): Promise<void> {
    for (const end = Date.now() + patienceMs; !wanted(this.indexed); ) {
      if (Date.now() > end) throw new Error(`not indexed within ${patienceMs} ms; there are ${this.indexed.length}: ${JSON.stringify(this.indexed.slice(-5)).slice(0, 2_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What was indexed of the line with this message. */
  async message(message: string): Promise<Indexed> {
    const of = (indexed: readonly Indexed[]): Indexed | undefined => indexed.find(({ document }) => document['message'] === message);
    await this.until((indexed) => of(indexed) !== undefined);
    return of(this.indexed) as Indexed;
  }
}
