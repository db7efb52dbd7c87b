import { Inject, Injectable } from '@nestjs/common';
import { AppError, cleanText, ROLES, workspaceId, type Role, type Scope } from '@shadower/domain';
import { jwtVerify, SignJWT, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { z } from 'zod';
import { AUTH_CONFIG, type AuthConfig } from './config';
import { isRefusal, publishedKeys } from './published-keys';

/** Who calls, and what he may do in which workspace. `expiresAt` is in seconds since 1970. */
export interface Principal {
  sub: string;
  workspaces: Record<string, Role>;
  /** Runs the system: may see the work of all workspaces. */
  operator: boolean;
  expiresAt: number;
  /** What an API key is for; a person has none, and may do what the role allows. */
  scopes?: readonly Scope[];
}

/** A token of ours is about 1 KB; what is far larger is an attack on the parser. */
const MAX_TOKEN_LENGTH = 8_192;
const CLOCK_TOLERANCE_SECONDS = 5;
const claims = z.object({ sub: cleanText(128), exp: z.int(), workspaces: z.record(workspaceId, z.enum(ROLES)), operator: z.boolean().default(false) });

/** Checks and signs tokens by one configuration: algorithm, issuer, audience and expiry are all pinned. */
@Injectable()
export class TokenService {
  private readonly secret: Uint8Array;
  private readonly remoteKeys?: JWTVerifyGetKey;

  constructor(@Inject(AUTH_CONFIG) private readonly config: AuthConfig) {
    this.secret = new TextEncoder().encode(config.AUTH_JWT_SECRET);
    if (config.AUTH_JWKS_URL) this.remoteKeys = publishedKeys(config.AUTH_JWKS_URL);
  }

  /** The caller behind a JWT. Throws AppError `unauthorized` (the answer never says which check failed), or `unavailable` when the keys cannot be fetched. */
  async verifyToken(jwt: string): Promise<Principal> {
    if (jwt.length > MAX_TOKEN_LENGTH) throw tokenRefused();
    let payload: JWTPayload;
    try {
      payload = await this.verified(jwt);
    } catch (cause) {
      if (isRefusal(cause)) throw tokenRefused(cause);
      throw new AppError('unavailable', 'The keys for verifying tokens cannot be fetched; retry later.', { retryAfterMs: 2_000, cause });
    }
    const parsed = claims.safeParse(payload);
    if (!parsed.success) throw tokenRefused();
    const { sub, workspaces, operator, exp } = parsed.data;
    return { sub, workspaces, operator, expiresAt: exp };
  }

  /** A token of our own, signed with the secret: for the demo and tests. `expiresIn` such as `12h`. */
  signToken(sub: string, workspaces: Record<string, Role>, expiresIn = '12h', operator = false): Promise<string> {
    const { AUTH_ISSUER, AUTH_AUDIENCE } = this.config;
    return new SignJWT({ workspaces, ...(operator ? { operator } : {}) })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(sub)
      .setIssuer(AUTH_ISSUER)
      .setAudience(AUTH_AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(expiresIn)
      .sign(this.secret);
  }

  private async verified(jwt: string): Promise<JWTPayload> {
    const options: JWTVerifyOptions = {
      issuer: this.config.AUTH_ISSUER,
      audience: this.config.AUTH_AUDIENCE,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    };
    // With published keys a shared secret is never accepted: else a public key could be passed off as one.
    if (this.remoteKeys) return (await jwtVerify(jwt, this.remoteKeys, { ...options, algorithms: ['RS256', 'ES256', 'EdDSA'] })).payload;
    return (await jwtVerify(jwt, this.secret, { ...options, algorithms: ['HS256'] })).payload;
  }
}

/** Says the same of whatever was wrong. */
export const tokenRefused = (cause?: unknown): AppError => new AppError('unauthorized', 'The bearer token is missing, expired or invalid.', { cause });
