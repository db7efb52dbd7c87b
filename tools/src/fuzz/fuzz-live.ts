import { once } from 'node:events';
import { CLOSE_CODES, clientMessage, LIVE_PATH, LIVE_SUBPROTOCOL, serverMessage, type ServerMessage } from '@shadower/domain';
import fc from 'fast-check';
import WebSocket from 'ws';
import { z } from 'zod';
import { isKnownCode, leakIn } from './findings';
import { filledIn, jsonText } from './json-text';
import { nastyJson, nastyText } from './nasty';
import { rightValue, type Schema } from './right-value';
import { spoilt } from './spoilt';

const HANG_MS = 5_000;
/** What a frame can make of the socket: invalid UTF-8 or too many bytes (RFC 6455), or one of ours. */
const ENDS: readonly number[] = [1007, CLOSE_CODES.too_big, CLOSE_CODES.protocol, CLOSE_CODES.flood];

export interface FuzzedGateway {
  url: string;
  token: string;
  workspace: string;
  /** What no frame may hold. */
  secrets: Set<string>;
}

type Frame = string | Uint8Array;
const right = rightValue(z.toJSONSchema(clientMessage, { io: 'input' }) as Schema, { known: { epoch: () => fc.constantFrom('x', 'e'.repeat(64)) } });
/** Messages: right, or right but for some places. */
const message = fc.oneof({ weight: 1, arbitrary: right.map(jsonText) }, { weight: 2, arbitrary: right.chain(spoilt).map(jsonText) });
/** What is perhaps no message of the protocol at all. */
const noMessage: fc.Arbitrary<Frame> = fc.oneof(
  nastyJson.map(jsonText),
  nastyText,
  fc.tuple(right.map(jsonText), fc.nat(120)).map(([text, cut]) => text.slice(0, cut)),
  fc.uint8Array({ maxLength: 200 }),
);
/** Most conversations hold nothing that ends them at once. */
const conversation = fc.oneof(
  { weight: 3, arbitrary: fc.array(message.filter((text) => isObject(readJson(filledIn(text)))), { minLength: 1, maxLength: 6 }) },
  { weight: 1, arbitrary: fc.array(fc.oneof(message, noMessage), { minLength: 1, maxLength: 4 }) },
);

interface Expected {
  pongs: number;
  /** Frames that are answered by one `err` or `sub.ok` at least. */
  answers: number;
  /** Of those, the ones that must be an `err`. */
  refusals: number;
  /** One of them is no message of the protocol at all: the socket must be closed. */
  fatal: boolean;
}

function expectedOf(frames: readonly Frame[]): Expected {
  const expected = { pongs: 0, answers: 0, refusals: 0, fatal: false };
  for (const each of frames) {
    const said = typeof each === 'string' ? readJson(filledIn(each)) : undefined;
    expected.fatal ||= !isObject(said);
    const read = clientMessage.safeParse(said);
    if (!read.success) expected.refusals += 1;
    if (!read.success || read.data.type === 'sub') expected.answers += 1;
    if (read.data?.type === 'ping') expected.pongs += 1;
  }
  return expected;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One socket with what came on it. */
class Listener {
  readonly heard: string[] = [];
  code?: number;
  private readonly socket: WebSocket;

  constructor({ url, token, workspace }: FuzzedGateway, hangMs: number) {
    const address = new URL(`${LIVE_PATH}?workspace=${workspace}`, url.replace(/^http/, 'ws'));
    this.socket = new WebSocket(address, LIVE_SUBPROTOCOL, { headers: { authorization: `Bearer ${token}` }, handshakeTimeout: hangMs });
    this.socket.on('message', (data: Buffer) => this.heard.push(data.toString()));
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code) => (this.code = code));
  }

  async opened(): Promise<void> {
    await Promise.race([once(this.socket, 'open'), once(this.socket, 'close')]);
  }

  send(each: Frame): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(typeof each === 'string' ? filledIn(each) : each, { binary: typeof each !== 'string' });
  }

  /** Those of some types, so far. */
  frames(...types: ServerMessage['type'][]): ServerMessage[] {
    return this.heard.map((text) => JSON.parse(text) as ServerMessage).filter(({ type }) => types.includes(type));
  }

  end(): void {
    this.socket.terminate();
  }
}

/** Sends frames on one socket, then a ping; gives what is wrong, and how many subscriptions were made. A socket that was closed with a code of ours is an answer too. */
async function tried(frames: readonly Frame[], gateway: FuzzedGateway, hangMs: number): Promise<{ complaint?: string; subscribed: number }> {
  const listener = new Listener(gateway, hangMs);
  const expected = expectedOf(frames);
  try {
    await listener.opened();
    for (const each of [...frames, '{"type":"ping"}']) listener.send(each);
    const deadline = performance.now() + hangMs;
    const isAnswered = (): boolean => listener.frames('pong').length > expected.pongs && listener.frames('err', 'sub.ok').length >= expected.answers;
    while (listener.code === undefined && (expected.fatal || !isAnswered())) {
      if (performance.now() > deadline) return { complaint: expected.fatal ? 'stays open after a frame that is none' : `does not answer each frame and the ping after them: ${listener.heard.join(' ').slice(0, 500)}`, subscribed: 0 };
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return { complaint: complaintAbout(listener, frames, expected, gateway.secrets), subscribed: listener.frames('sub.ok').length };
  } finally {
    listener.end();
  }
}

function complaintAbout(listener: Listener, frames: readonly Frame[], { refusals, fatal }: Expected, secrets: Set<string>): string | undefined {
  if (listener.code !== undefined && !ENDS.includes(listener.code)) return `closed with ${listener.code}`;
  const strange = listener.heard.find((text) => !serverMessage.safeParse(readJson(text)).success);
  if (strange !== undefined) return `says what the protocol does not have: ${strange.slice(0, 300)}`;
  const errors = listener.frames('err') as Extract<ServerMessage, { type: 'err' }>[];
  const vague = errors.find(({ problem }) => !isKnownCode(problem.code) || problem.status >= 500 || (problem.code === 'invalid' && !problem.errors?.length));
  if (vague) return `says ${JSON.stringify(vague)}`;
  // Of a socket that was closed not everything was answered.
  if (listener.code === undefined && errors.length < refusals) return `refused ${errors.length} of ${refusals} wrong frames`;
  if (fatal && listener.code === CLOSE_CODES.protocol && errors.length === 0) return 'closed without a word';
  const leak = listener.heard.map((text) => leakIn(text, frames.join(' '), secrets)).find(Boolean);
  return leak && `shows ${JSON.stringify(leak)}`;
}

/** Frames of every kind on live sockets, a few a socket. Throws fast-check's report when one is not answered as it should; gives how many subscriptions were made. */
export async function fuzzLive(gateway: FuzzedGateway, { runs, seed, leniency = 1 }: { runs: number; seed: number; leniency?: number }): Promise<number> {
  let all = 0;
  const property = fc.asyncProperty(conversation, async (frames) => {
    const { complaint, subscribed } = await tried(frames, gateway, HANG_MS * leniency);
    if (complaint) throw new Error(complaint);
    all += subscribed;
  });
  await fc.assert(property, { numRuns: runs, seed });
  return all;
}
