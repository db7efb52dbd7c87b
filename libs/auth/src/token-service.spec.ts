import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTHeaderParameters } from 'jose';
import { DEMO_SECRET, type AuthConfig } from './config';
import { TokenService } from './token-service';

const config: AuthConfig = { AUTH_JWT_SECRET: DEMO_SECRET, AUTH_ISSUER: 'https://auth.shadower.ai', AUTH_AUDIENCE: 'shadower-analytics' };
const tokens = new TokenService(config);
const refusal = expect.objectContaining({ code: 'unauthorized', status: 401 });

/** A token that is right but for what `change` does to it. */
const signed = (change: (jwt: SignJWT) => SignJWT = (jwt) => jwt, key: CryptoKey | Uint8Array = new TextEncoder().encode(DEMO_SECRET), header: JWTHeaderParameters = { alg: 'HS256' }) =>
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
    ['a subject with U+0000', () => signed((jwt) => jwt.setSubject('u\u00001'))],
    ['a subject with a line break', () => signed((jwt) => jwt.setSubject('u1\nlevel=error'))],
    ['a subject with half a surrogate pair', () => signed((jwt) => jwt.setSubject('u\ud800'))],
    ['a subject of 129 characters', () => signed((jwt) => jwt.setSubject('u'.repeat(129)))],
    ['an empty subject', () => signed((jwt) => jwt.setSubject(''))],
    ['garbage', async () => 'a.b.c'],
    ['2 MB', async () => 'a'.repeat(2_000_000)],
  ])('refuses %s', async (_, make) => {
    await expect(tokens.verifyToken(await make())).rejects.toEqual(refusal);
  });
});

describe('TokenService with published keys', () => {
  let server: Server;
  let pair: Awaited<ReturnType<typeof generateKeyPair>>;
  let rsa: typeof pair;
  /** Somebody who has keys too, and publishes them on the same server. */
  let forger: typeof pair;
  let withKeys: TokenService;
  /** Paths of that server. */
  const asked: string[] = [];

  beforeAll(async () => {
    pair = await generateKeyPair('ES256');
    rsa = await generateKeyPair('RS256');
    forger = await generateKeyPair('ES256');
    const entry = async ({ publicKey }: typeof pair, kid: string, alg: string) => ({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' });
    const bodies: Record<string, string> = { '/keys': JSON.stringify({ keys: [await entry(pair, 'k1', 'ES256'), await entry(rsa, 'k2', 'RS256')] }), '/forged': JSON.stringify({ keys: [await entry(forger, 'k1', 'ES256')] }) };
    server = createServer((request, response) => {
      asked.push(String(request.url));
      const body = bodies[String(request.url)];
      if (body) response.end(body);
      else response.writeHead(500).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    withKeys = new TokenService({ ...config, AUTH_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` });
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('reads a token of the identity provider', async () => {
    await expect(withKeys.verifyToken(await signed(undefined, pair.privateKey, { alg: 'ES256', kid: 'k1' }))).resolves.toMatchObject({ sub: 'u1' });
    await expect(withKeys.verifyToken(await signed(undefined, rsa.privateKey, { alg: 'RS256', kid: 'k2' }))).resolves.toMatchObject({ sub: 'u1' });
  });

  it('refuses a token signed with the shared secret', async () => {
    await expect(withKeys.verifyToken(await signed())).rejects.toEqual(refusal);
  });

  it.each(['k1', 'k2'])('refuses a token that is signed as HS256 with the public key %s, as PEM or as published', async (kid) => {
    const { publicKey } = kid === 'k1' ? pair : rsa;
    const pem = await exportSPKI(publicKey);
    for (const text of [pem, pem.trim(), `${pem}\n`, JSON.stringify(await exportJWK(publicKey))]) await expect(withKeys.verifyToken(await signed(undefined, new TextEncoder().encode(text), { alg: 'HS256', kid }))).rejects.toEqual(refusal);
  });

  it('takes no key that a token brings along or names a place for', async () => {
    const forged = `http://127.0.0.1:${(server.address() as AddressInfo).port}/forged`;
    const headers: Omit<JWTHeaderParameters, 'alg'>[] = [{ kid: 'k1' }, { kid: 'k1', jku: forged }, { kid: 'k1', x5u: forged }, { jwk: await exportJWK(forger.publicKey) }, { kid: forged }];
    for (const header of headers) await expect(withKeys.verifyToken(await signed(undefined, forger.privateKey, { alg: 'ES256', ...header }))).rejects.toEqual(refusal);
    expect(asked).not.toContain('/forged');
  });

  it('refuses an unknown key', async () => {
    await expect(withKeys.verifyToken(await signed(undefined, pair.privateKey, { alg: 'ES256', kid: '../../etc/passwd' }))).rejects.toEqual(refusal);
  });

  describe('of a provider that goes away', () => {
    const MINUTE = 60_000;
    let later = 0;
    let away: 'fails' | 'hangs' | 'lies' | undefined;
    let requests = 0;
    let url: string;
    let provider: Server;
    const hanging: ServerResponse[] = [];
    beforeEach(async () => {
      [later, away, requests] = [0, undefined, 0];
      const real = Date.now.bind(Date);
      jest.spyOn(Date, 'now').mockImplementation(() => real() + later);
      const body = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] });
      provider = createServer((_request, response) => {
        requests++;
        if (away === 'hangs') hanging.push(response);
        else if (away === 'fails') response.writeHead(500).end();
        else response.end(away === 'lies' ? '[]' : body);
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => provider.once('listening', resolve));
      url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`;
    });
    afterEach(async () => {
      jest.restoreAllMocks();
      for (const response of hanging.splice(0)) response.destroy();
      await new Promise((resolve) => provider.close(resolve));
    });
    const by = (kid: string) => signed(undefined, pair.privateKey, { alg: 'ES256', kid });

    it.each(['fails', 'hangs', 'lies'] as const)('still reads tokens when it %s, waiting for it once, and refuses what is wrong', async (how) => {
      const service = new TokenService({ ...config, AUTH_JWKS_URL: url });
      await service.verifyToken(await by('k1'));
      [later, away] = [11 * MINUTE, how];
      await expect(service.verifyToken(await by('k1'))).resolves.toMatchObject({ sub: 'u1' });
      const asked = requests;
      const begun = performance.now();
      for (let turn = 0; turn < 20; turn++) await service.verifyToken(await by('k1'));
      expect(performance.now() - begun).toBeLessThan(1_000);
      expect(requests).toBe(asked);
      await expect(service.verifyToken(await signed(undefined, forger.privateKey, { alg: 'ES256', kid: 'k1' }))).rejects.toEqual(refusal);
      await expect(service.verifyToken(await by('k9'))).rejects.toMatchObject({ code: 'unavailable' });
    }, 20_000);

    it('is believed for six hours, and asked again once it is back', async () => {
      const service = new TokenService({ ...config, AUTH_JWKS_URL: url });
      await service.verifyToken(await by('k1'));
      [later, away] = [361 * MINUTE, 'fails'];
      await expect(service.verifyToken(await by('k1'))).rejects.toMatchObject({ code: 'unavailable' });
      away = undefined;
      await expect(service.verifyToken(await by('k1'))).resolves.toMatchObject({ sub: 'u1' });
    });
  });

  it('answers 503 when the keys cannot be fetched', async () => {
    const away = new TokenService({ ...config, AUTH_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/broken` });
    await expect(away.verifyToken(await signed(undefined, pair.privateKey, { alg: 'ES256', kid: 'k1' }))).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  });
});
