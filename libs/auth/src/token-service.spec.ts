import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { DEMO_SECRET, type AuthConfig } from './config';
import { TokenService } from './token-service';

const config: AuthConfig = { AUTH_JWT_SECRET: DEMO_SECRET, AUTH_ISSUER: 'https://auth.shadower.ai', AUTH_AUDIENCE: 'shadower-analytics' };
const tokens = new TokenService(config);
const refusal = expect.objectContaining({ code: 'unauthorized', status: 401 });

/** A token that is right but for what `change` does to it. */
const signed = (change: (jwt: SignJWT) => SignJWT = (jwt) => jwt, key: CryptoKey | Uint8Array = new TextEncoder().encode(DEMO_SECRET), header: { alg: string; kid?: string } = { alg: 'HS256' }) =>
  change(
    new SignJWT({ workspaces: { acme: 'admin' } }).setProtectedHeader(header).setSubject('u1').setIssuer(config.AUTH_ISSUER).setAudience(config.AUTH_AUDIENCE).setIssuedAt().setExpirationTime('1h'),
  ).sign(key);

describe('TokenService', () => {
  it('knows an operator', async () => expect(await tokens.verifyToken(await tokens.signToken('u1', {}, '1h', true))).toMatchObject({ operator: true }));

  it('reads what it signed', async () => {
    const principal = await tokens.verifyToken(await tokens.signToken('u1', { acme: 'admin' }, '1h'));
    expect(principal).toEqual({ sub: 'u1', workspaces: { acme: 'admin' }, operator: false, expiresAt: expect.any(Number) });
    expect(principal.expiresAt - Date.now() / 1000).toBeGreaterThan(3_590);
  });

  it.each<[string, () => Promise<string>]>([
    ['another issuer', () => signed((jwt) => jwt.setIssuer('https://evil.example'))],
    ['another audience', () => signed((jwt) => jwt.setAudience('other'))],
    ['an expired one', () => signed((jwt) => jwt.setExpirationTime('-1m'))],
    ['one not valid yet', () => signed((jwt) => jwt.setNotBefore('1h'))],
    ['another secret', () => signed(undefined, new TextEncoder().encode('x'.repeat(40)))],
    ['another algorithm', () => signed(undefined, undefined, { alg: 'HS384' })],
    ['no algorithm', async () => new UnsecuredJWT({ workspaces: { acme: 'owner' } }).setSubject('u1').setIssuer(config.AUTH_ISSUER).setAudience(config.AUTH_AUDIENCE).setExpirationTime('1h').encode()],
    ['no expiry', () => new SignJWT({ workspaces: {} }).setProtectedHeader({ alg: 'HS256' }).setSubject('u1').setIssuer(config.AUTH_ISSUER).setAudience(config.AUTH_AUDIENCE).sign(new TextEncoder().encode(DEMO_SECRET))],
    ['an unknown role', () => new SignJWT({ workspaces: { acme: 'god' } }).setProtectedHeader({ alg: 'HS256' }).setSubject('u1').setIssuer(config.AUTH_ISSUER).setAudience(config.AUTH_AUDIENCE).setExpirationTime('1h').sign(new TextEncoder().encode(DEMO_SECRET))],
    ['garbage', async () => 'a.b.c'],
    ['2 MB', async () => 'a'.repeat(2_000_000)],
  ])('refuses %s', async (_, make) => {
    await expect(tokens.verifyToken(await make())).rejects.toEqual(refusal);
  });
});

describe('TokenService with published keys', () => {
  let server: Server;
  let pair: Awaited<ReturnType<typeof generateKeyPair>>;
  let withKeys: TokenService;

  beforeAll(async () => {
    pair = await generateKeyPair('ES256');
    const body = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] });
    server = createServer((request, response) => (request.url === '/keys' ? response.end(body) : response.writeHead(500).end())).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    withKeys = new TokenService({ ...config, AUTH_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` });
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('reads a token of the identity provider', async () => {
    await expect(withKeys.verifyToken(await signed(undefined, pair.privateKey, { alg: 'ES256', kid: 'k1' }))).resolves.toMatchObject({ sub: 'u1' });
  });

  it('refuses a token signed with the shared secret', async () => {
    await expect(withKeys.verifyToken(await signed())).rejects.toEqual(refusal);
  });

  it('refuses an unknown key', async () => {
    await expect(withKeys.verifyToken(await signed(undefined, pair.privateKey, { alg: 'ES256', kid: '../../etc/passwd' }))).rejects.toEqual(refusal);
  });

  it('answers 503 when the keys cannot be fetched', async () => {
    const away = new TokenService({ ...config, AUTH_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/broken` });
    await expect(away.verifyToken(await signed(undefined, pair.privateKey, { alg: 'ES256', kid: 'k1' }))).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  });
});
