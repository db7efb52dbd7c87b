import { z } from 'zod';

/** The secret that makes the first run easy; no production starts with it. */
export const DEMO_SECRET = 'development-only-secret-change-me-please';

/** The part of an app's environment that says whose tokens it believes. */
export const authEnv = {
  AUTH_JWT_SECRET: z
    .string()
    .min(32, 'must be at least 32 characters')
    .default(DEMO_SECRET)
    .meta({ description: 'secret that HS256 tokens are signed with; the key of download links is derived from it, also when AUTH_JWKS_URL is set', secret: true }),
  AUTH_JWKS_URL: z.url({ protocol: /^https?$/ }).optional().meta({ description: "where the identity provider publishes its keys (RS256, ES256, EdDSA); set: HS256 tokens are refused" }),
  AUTH_ISSUER: z.string().min(1).default('https://auth.shadower.ai').meta({ description: 'the `iss` that a token must carry' }),
  AUTH_AUDIENCE: z.string().min(1).default('shadower-analytics').meta({ description: 'the `aud` that a token must carry' }),
};

/** What `authEnv` becomes once it is read. */
export type AuthConfig = z.infer<z.ZodObject<typeof authEnv>>;

/** True unless the demo's secret stands beside an identity provider: anybody could forge links to the exports of those whose tokens nobody can. */
export const hasOwnSecret = ({ AUTH_JWKS_URL, AUTH_JWT_SECRET }: Pick<AuthConfig, 'AUTH_JWKS_URL' | 'AUTH_JWT_SECRET'>): boolean => AUTH_JWKS_URL === undefined || AUTH_JWT_SECRET !== DEMO_SECRET;

/** Injects the `AuthConfig`. */
export const AUTH_CONFIG = Symbol('AUTH_CONFIG');
