import { DEMO_SECRET } from '@shadower/auth';
import { loadConfig } from '@shadower/telemetry';
import { environment } from './config';

const AUTH_JWKS_URL = 'https://idp.example/keys';

it.each([{ AUTH_JWKS_URL }, { AUTH_JWKS_URL, AUTH_JWT_SECRET: '' }, { AUTH_JWKS_URL, AUTH_JWT_SECRET: DEMO_SECRET }])('refuses the demo secret beside an identity provider, in any environment: %j', (env) => {
  for (const APP_ENV of ['development', 'staging', 'production']) expect(() => loadConfig(environment, { APP_ENV, ...env })).toThrow(/AUTH_JWT_SECRET: must not keep its default/);
});

it('takes a secret of its own there, and the demo secret where it signs the tokens', () => {
  expect(loadConfig(environment, { AUTH_JWKS_URL, AUTH_JWT_SECRET: 'x'.repeat(32) })).toMatchObject({ AUTH_JWKS_URL });
  expect(loadConfig(environment, {})).toMatchObject({ AUTH_JWT_SECRET: DEMO_SECRET });
});
