import { Receiver } from '../receiver';

export interface Indexed {
  index: string;
  id: string;
  operation: string;
  document: Record<string, unknown>;
}

interface Item {
  _index: string;
  _id: string;
}
const REFUSALS = { 400: 'document_parsing_exception', 409: 'version_conflict_engine_exception', 429: 'es_rejected_execution_exception' } as const;
export type Refusal = keyof typeof REFUSALS;

/** Stands for Elasticsearch: takes `_bulk` requests, remembers what was indexed where, and creates nothing twice under one id. */
export class BulkReceiver {
  readonly indexed: Indexed[] = [];
  /** How many items were refused, by status. */
  readonly refused: Record<Refusal, number> = { 400: 0, 409: 0, 429: 0 };
  /** Refuses single items of an answered request, as an Elasticsearch does that is overloaded (429) or has another mapping (400). */
  refuse: (document: Record<string, unknown>) => Refusal | undefined = () => undefined;

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
      const [operation, item] = Object.entries(lines[at] as Record<string, Item>)[0] as [string, Item];
      items.push({ [operation]: { ...item, ...this.index(operation, item, lines[at + 1] as Record<string, unknown>) } });
    }
    return JSON.stringify({ took: 1, errors: items.some((item) => Object.values(item).some((answer) => 'error' in answer)), items });
  }

  private index(operation: string, { _index: index, _id: id }: Item, document: Record<string, unknown>): object {
    const known = this.indexed.some((each) => each.index === index && each.id === id);
    const status = known ? 409 : this.refuse(document);
    if (!status) this.indexed.push({ operation, index, id, document });
    else this.refused[status] += 1;
    return status ? { status, error: { type: REFUSALS[status], reason: 'as the test wants it' } } : { status: 201, result: 'created' };
  }

  /** Waits until `wanted` is true of what was indexed. */
  async until(wanted: (indexed: readonly Indexed[]) => boolean, patienceMs = 20_000): Promise<void> {
    for (const end = Date.now() + patienceMs; !wanted(this.indexed); ) {
      if (Date.now() > end) throw new Error(`not indexed within ${patienceMs} ms, refused ${JSON.stringify(this.refused)}; there are ${this.indexed.length}: ${JSON.stringify(this.indexed.slice(-5)).slice(0, 2_000)}`);
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
