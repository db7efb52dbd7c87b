import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEMO_SECRET } from '@shadower/auth';
import { LIVE_SUBPROTOCOL } from '@shadower/domain';
import WebSocket from 'ws';
import { AppProcess } from '../stack/app-process';
import { request } from '../testing/json-request';
import { testFolder } from '../testing/servers';
import { startApps, type AppsUnderTest } from '../testing/start-apps';

const now = Math.floor(Date.now() / 1_000);
const CLAIMS = { iss: 'https://auth.shadower.ai', aud: 'shadower-analytics', sub: 'mallory', iat: now, exp: now + 3_600, workspaces: { demo: 'owner' }, operator: true };
const ours = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const theirs = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const KID = 'key-1';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (header: object, claims: object, seal: (text: string) => Buffer): string => {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${seal(text).toString('base64url')}`;
};
const hmac = (key: string | Buffer, bits = 256) => (text: string): Buffer => createHmac(`sha${bits}`, key).update(text).digest();
const rsa = (key: KeyObject) => (text: string): Buffer => sign('RSA-SHA256', Buffer.from(text), key);
const HS256 = { alg: 'HS256', typ: 'JWT' };
const RS256 = { alg: 'RS256', typ: 'JWT', kid: KID };
const right = jwt(HS256, CLAIMS, hmac(DEMO_SECRET));
const rightByKey = jwt(RS256, CLAIMS, rsa(ours.privateKey));

/** Whoever fetches keys from where a token says. */
let lure: Server;
let lured = 0;
const lureUrl = (): string => `http://127.0.0.1:${(lure.address() as AddressInfo).port}/keys`;
const [head = '', body = '', seal = ''] = right.split('.');
const altered = part({ ...CLAIMS, sub: 'root' });

/** Tokens that are not ours, whichever way keys are known; made when the address of the lure is. */
const FORGED: Record<string, () => string> = {
  'alg none, without a signature': () => `${part({ alg: 'none' })}.${body}.`,
  'alg nOnE, with the signature of another': () => `${part({ alg: 'nOnE' })}.${body}.${seal}`,
  'HS384 of the right secret': () => jwt({ alg: 'HS384' }, CLAIMS, hmac(DEMO_SECRET, 384)),
  'HS512 of the right secret': () => jwt({ alg: 'HS512' }, CLAIMS, hmac(DEMO_SECRET, 512)),
  'an empty secret': () => jwt(HS256, CLAIMS, hmac('')),
  'claims that were altered': () => `${head}.${altered}.${seal}`,
  'no signature': () => `${head}.${body}.`,
  'a kid that is a path to an empty file': () => jwt({ ...HS256, kid: '../../../../dev/null' }, CLAIMS, hmac('')),
  'a kid that is SQL': () => jwt({ ...HS256, kid: "x' UNION SELECT 'a" }, CLAIMS, hmac('a')),
  'a jku of their own': () => jwt({ ...RS256, jku: lureUrl() }, CLAIMS, rsa(theirs.privateKey)),
  'an x5u of their own': () => jwt({ ...RS256, x5u: lureUrl() }, CLAIMS, rsa(theirs.privateKey)),
  'a jwk of their own': () => jwt({ ...RS256, jwk: theirs.publicKey.export({ format: 'jwk' }) }, CLAIMS, rsa(theirs.privateKey)),
  'a critical extension that nobody knows': () => jwt({ ...HS256, crit: ['x'], x: 1 }, CLAIMS, hmac(DEMO_SECRET)),
  'RS to HS: the public key as PEM': () => jwt(HS256, CLAIMS, hmac(ours.publicKey.export({ type: 'spki', format: 'pem' }) as string)),
  'RS to HS: the public key as DER': () => jwt({ ...HS256, kid: KID }, CLAIMS, hmac(ours.publicKey.export({ type: 'spki', format: 'der' }))),
  'RS to HS: the public key as JWK': () => jwt({ ...HS256, kid: KID }, CLAIMS, hmac(JSON.stringify(ours.publicKey.export({ format: 'jwk' })))),
  'three parts that are none': () => 'a.b.c',
  'five parts': () => `${right}.x.y`,
};
/** Right but for one claim; signed with what is right. */
const WRONG_CLAIMS: Record<string, object> = {
  'another issuer': { ...CLAIMS, iss: 'https://evil.example' },
  'another audience': { ...CLAIMS, aud: 'another-service' },
  'no audience': { ...CLAIMS, aud: undefined },
  'an end an hour ago': { ...CLAIMS, exp: now - 3_600 },
  'no end': { ...CLAIMS, exp: undefined },
  'an end that is text': { ...CLAIMS, exp: '9999999999' },
  'a beginning in an hour': { ...CLAIMS, nbf: now + 3_600 },
  'no subject': { ...CLAIMS, sub: undefined },
  'a role that there is not': { ...CLAIMS, workspaces: { demo: 'god' } },
  'a workspace that cannot be': { ...CLAIMS, workspaces: { '../demo': 'owner' } },
};

let apps: AppsUnderTest;
let keys: Server;
let byKeys: AppProcess;
const folder = testFolder();
const listening = async (answer: () => string): Promise<Server> => {
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(answer())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
};
const keySet = (key: KeyObject): string => JSON.stringify({ keys: [{ ...key.export({ format: 'jwk' }), kid: KID, alg: 'RS256', use: 'sig' }] });

beforeAll(async () => {
  lure = await listening(() => {
    lured += 1;
    return keySet(theirs.publicKey);
  });
  keys = await listening(() => keySet(ours.publicKey));
  apps = await startApps();
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, APP_ENV: 'test', SHUTDOWN_GRACE_MS: '0', DATABASE_URL: apps.database.url, REDIS_URL: apps.stack.redisUrl };
  byKeys = await AppProcess.start({ name: 'analytics-api', dataDir: folder, env: { ...env, AUTH_JWT_SECRET: 'signs-only-the-links-of-downloads', AUTH_JWKS_URL: `http://127.0.0.1:${(keys.address() as AddressInfo).port}/jwks` } });
}, 120_000);
afterAll(async () => {
  await byKeys?.stop();
  await apps?.stop();
  for (const server of [lure, keys]) server?.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const asked = (url: string, token: string) => request(`${url}/api/v1/workspaces/demo/overview`, { token });
async function assertRefused(url: string, token: string): Promise<void> {
  const { status, body: problem, headers } = await asked(url, token);
  expect({ status, code: problem.code, detail: problem.detail }).toEqual({ status: 401, code: 'unauthorized', detail: 'The bearer token is missing, expired or invalid.' });
  expect(headers.get('www-authenticate')).toContain('Bearer');
}

/** The code that the gateway closes with. */
async function gatewayCloses(token: string): Promise<number> {
  const address = new URL('/live?workspace=demo', apps.urls['websocket-gateway'].replace(/^http/, 'ws'));
  const socket = new WebSocket(address, LIVE_SUBPROTOCOL, { headers: { authorization: `Bearer ${token}` }, handshakeTimeout: 10_000 });
  const [code] = (await once(socket, 'close', { signal: AbortSignal.timeout(10_000) })) as [number];
  return code;
}

describe('with a secret', () => {
  it('takes the right token', async () => expect((await asked(apps.urls['analytics-api'], right)).status).toBe(200));
  it.each(Object.keys(FORGED))('refuses %s', (name) => assertRefused(apps.urls['analytics-api'], FORGED[name]?.() ?? ''));
  it.each(Object.entries(WRONG_CLAIMS))('refuses %s', (_name, claims) => assertRefused(apps.urls['analytics-api'], jwt(HS256, claims, hmac(DEMO_SECRET))));
  it('the gateway refuses them all', async () => {
    const tokens = [...Object.values(FORGED).map((make) => make()), ...Object.values(WRONG_CLAIMS).map((claims) => jwt(HS256, claims, hmac(DEMO_SECRET)))];
    expect([...new Set(await Promise.all(tokens.map(gatewayCloses)))]).toEqual([4401]);
  });
});

describe('with published keys', () => {
  it('takes the right token', async () => expect((await asked(byKeys.url, rightByKey)).status).toBe(200));
  it('refuses one of the shared secret, right as it is elsewhere', () => assertRefused(byKeys.url, right));
  it.each(Object.keys(FORGED))('refuses %s', (name) => assertRefused(byKeys.url, FORGED[name]?.() ?? ''));
  it.each(Object.entries(WRONG_CLAIMS))('refuses %s', (_name, claims) => assertRefused(byKeys.url, jwt(RS256, claims, rsa(ours.privateKey))));
  it('refuses a key that is not published', () => assertRefused(byKeys.url, jwt({ ...RS256, kid: 'another' }, CLAIMS, rsa(ours.privateKey))));
});

it('nobody fetched a key from where a token said', () => expect(lured).toBe(0));
