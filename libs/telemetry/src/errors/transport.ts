import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import * as Sentry from '@sentry/nestjs';
import { delivered, dropped } from '../context/delivery';

const PATIENCE_MS = 3_000;
/** While nobody answers, each transaction would cost a connection that comes to nothing: one is tried for all. */
const REST_MS = 1_000;
/** Taken before OpenTelemetry patches them: it would look into each report at the price of sending it, only to leave it out of the traces. */
const unpatched = { 'http:': http.request, 'https:': https.request };

/** Node's request with an end: a Sentry that takes the connection and never answers would hold events for ever. */
const httpModule = {
  request(options: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest {
    const request = unpatched[options.protocol === 'https:' ? 'https:' : 'http:'](options, answered);
    const timer = setTimeout(() => request.destroy(new Error('Sentry did not answer in time')), PATIENCE_MS);
    request.once('close', () => clearTimeout(timer));
    return request;
  },
};

type Options = Parameters<typeof Sentry.makeNodeTransport>[0];
type Transport = ReturnType<typeof Sentry.makeNodeTransport>;
type Envelope = Parameters<Transport['send']>[0];

const isTransaction = ([, items]: Envelope): boolean => items.every(([{ type }]) => type === 'transaction' || type === 'profile');

/**
 * Sentry's own transport, which keeps at most 64 envelopes, with a time-out and with its losses counted.
 * An error is always tried; of the transactions one a second, from when there was no answer until there is one.
 */
export function makeTransport(options: Options): Transport {
  const recordDroppedEvent: Options['recordDroppedEvent'] = (reason, category) => {
    if (category === 'error' || category === 'transaction') dropped('errors', reason === 'queue_overflow' ? 'queue_full' : reason === 'ratelimit_backoff' ? 'rate_limited' : 'export_failed');
  };
  const transport = Sentry.makeNodeTransport({ ...options, keepAlive: true, httpModule: httpModule as never, recordDroppedEvent });
  let [answers, restUntil] = [true, 0];
  return {
    ...transport,
    send: async (envelope) => {
      if (!answers && isTransaction(envelope)) {
        if (performance.now() < restUntil) {
          dropped('errors', 'export_failed');
          return {};
        }
        restUntil = performance.now() + REST_MS;
      }
      const answer = await transport.send(envelope).then(undefined, (error: unknown) => {
        [answers, restUntil] = [false, performance.now() + REST_MS];
        throw error;
      });
      const { statusCode } = answer;
      if (statusCode === undefined) return answer;
      answers = true;
      if (statusCode < 300) delivered('errors');
      else dropped('errors', statusCode === 429 ? 'rate_limited' : 'export_failed');
      return answer;
    },
  };
}
