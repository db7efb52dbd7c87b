import { checkLedger } from './check-ledger';
import { Clients, type SentEvent } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';

const IDS = 1_000;
const SENDERS = 10;

export const repeated: ChaosPromise = {
  name: 'G2',
  says: 'a retry is harmless: the same events sent by ten at once have one effect each',
  rounds: { short: 1, long: 10 },
  roundSeconds: 30,
  async run({ arena, random, seed, rounds, doing }) {
    const workspace = `chaos-${seed}`;
    const clients = await new Clients({ url: () => arena.api, workspace, seed, count: 0 }).start();
    let accepted = 0;
    const sender = async (events: SentEvent[]): Promise<void> => {
      // Each has its own order and cuts its own batches, so that two meet in the middle of one.
      const mine = events.map((event) => ({ event, rank: random.next() })).sort((a, b) => a.rank - b.rank).map(({ event }) => event);
      while (mine.length > 0) {
        const batch = mine.splice(0, random.integer(1, 120));
        let answer = await clients.send(batch);
        for (let again = 0; answer.attempt.status !== 200 && again < 50; again += 1) answer = await clients.send(batch);
        accepted += answer.body.accepted ?? 0;
      }
    };
    for (let round = 0; round < rounds; round += 1) {
      doing(`round ${round + 1}`);
      const events = clients.newEvents(IDS);
      await Promise.all(Array.from({ length: SENDERS }, () => sender(events)));
    }
    doing('the comparison');
    const ledger = await checkLedger(arena, workspace, clients);
    const problems = ledgerProblems(ledger);
    // To be asked to come again is an answer; a deadlock that shows, or none, is not.
    const harmed = clients.failures.filter(({ status }) => status !== 503 && status !== 429);
    if (harmed.length > 0) problems.push(`${harmed.length} of ${clients.attempts.length} sends failed, such as ${JSON.stringify(harmed[0])}`);
    if (accepted !== rounds * IDS) problems.push(`${accepted} answers said "accepted" for ${rounds * IDS} events`);
    return { faults: `each event sent ${SENDERS} times at once`, ledger, figures: `${accepted} of ${rounds * IDS * SENDERS} answers said "accepted", ${clients.failures.length} asked to come again`, problems };
  },
};
