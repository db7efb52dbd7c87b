/** Stands for a secret in the cases below. */
export const PLANTED = 's3cr3t-Value_42';
const S = PLANTED;

/** What redaction makes of text. Whatever redacts by SECRET_WORDS must hide the secret in each; the wording beside it may differ. */
export const REDACTED_TEXTS: readonly (readonly [text: string, clean: string])[] = [
  [`postgres://app:${S}@db:5432/x`, 'postgres://[redacted]@db:5432/x'],
  [`https://${S}@sentry.io/1`, 'https://[redacted]@sentry.io/1'],
  [`redis://:p@ss@${S}@cache/0`, 'redis://[redacted]@cache/0'],
  [`postgres://app:a/${S}@db:5432/x`, 'postgres://[redacted]@db:5432/x'],
  [`amqp://app:a/b@${S}@mq/x`, 'amqp://[redacted]@mq/x'],
  [`GET /x?token=${S}&page=2`, 'GET /x?token=[redacted]&page=2'],
  [`next=%2Flogin%3Fpassword%3D${S}%26page%3D2`, 'next=%2Flogin%3Fpassword%3D[redacted]'],
  [`q=%7B%22password%22%3A%22${S}%22%7D`, 'q=%7B%22password%22%3A[redacted]'],
  [`Authorization: Bearer ${S}`, 'Authorization: Bearer [redacted]'],
  [`authorization: Token ${S}`, 'authorization: Token [redacted]'],
  [`Proxy-Authorization: Digest username="u", response="${S}"\r\nHost: db`, 'Proxy-Authorization: Digest [redacted]\r\nHost: db'],
  [`authorization=Token ${S} host=db`, 'authorization=[redacted] host=db'],
  [`Authorization: Unheard-Of ${S}`, 'Authorization: [redacted]'],
  [`bearer token: ${S}`, 'bearer [redacted]'],
  [`Cookie: theme=dark; sid=${S}\nHost: db`, 'Cookie: [redacted]\nHost: db'],
  [`set-cookie: a=1; sid=${S}`, 'set-cookie: [redacted]'],
  [`curl -H 'Cookie: theme=dark; sid=${S}' https://db/x`, `curl -H 'Cookie: [redacted]' https://db/x`],
  [`["host: db","set-cookie: a=1; sid=${S}","etag: 1"]`, '["host: db","set-cookie: [redacted]","etag: 1"]'],
  [`cookie=theme=dark; sid=${S} host=db`, 'cookie=[redacted] host=db'],
  [`{"password":"${S}","n":1}`, '{"password":"[redacted]","n":1}'],
  [`{"password":"a\\"${S}"}`, '{"password":"[redacted]"}'],
  [`{"password":["a]b","${S}"],"n":1}`, '{"password":[redacted],"n":1}'],
  [`{"token":{"value":"}","more":["${S}"]},"n":1}`, '{"token":[redacted],"n":1}'],
  [`{"token":{"value":"${S}`, '{"token":[redacted]'],
  [`{ cookie: [ '${S}' ], n: 1 }`, '{ cookie: [redacted], n: 1 }'],
  [`body: "{\\"api_key\\":\\"${S}\\",\\"n\\":1}"`, 'body: "{\\"api_key\\":\\"[redacted]\\",\\"n\\":1}"'],
  [`body: "{\\"api_key\\":[\\"]${S}\\"],\\"n\\":1}"`, 'body: "{\\"api_key\\":[redacted],\\"n\\":1}"'],
  [`{"token":"${S}`, '{"token":"[redacted]'],
  [`password=${S} host=db`, 'password=[redacted] host=db'],
  [`jwt eyJhbGciOi.eyJzdWIi.${S}`, 'jwt [redacted]'],
  [`key shk_acme.0123456789abcdef.${S} used`, 'key [redacted] used'],
  [`mail to jane.${S}@example.com now`, 'mail to [email] now'],
];

/** Text without a secret, which must stay as it is. */
export const ORDINARY_TEXTS: readonly string[] = ['request completed', 'GET /api/v1/workspaces/:id/overview', 'Error: boom\n    at x (/app/y.js:1:2)', 'used 12 tokens', 'see http://localhost:8000/a/b for v1@2', 'the cookie was set'];

/** What redaction makes of values of JavaScript: by key, in pairs of names and values, in keys themselves. */
export const REDACTED_VALUES: readonly (readonly [value: unknown, clean: unknown])[] = [
  [{ password: S, 'x-api-key': [S], deep: [{ cookie: { sid: S } }] }, { password: '[redacted]', 'x-api-key': '[redacted]', deep: [{ cookie: '[redacted]' }] }],
  [new Map<string, unknown>([['password', S], ['rows', 1]]), [['password', '[redacted]'], ['rows', 1]]],
  [[['x-api-key', S], ['accept', '*/*']], [['x-api-key', '[redacted]'], ['accept', '*/*']]],
  [['Host', 'db', 'Authorization', `Token ${S}`, 'Cookie', `a=1; sid=${S}`], ['Host', 'db', 'Authorization', '[redacted]', 'Cookie', '[redacted]']],
  [{ [`postgres://u:${S}@h`]: 1 }, { 'postgres://[redacted]@h': 1 }],
  [{ url: `https://u:${S}@h/` }, { url: 'https://[redacted]@h/' }],
];
