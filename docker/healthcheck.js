'use strict';
// What HEALTHCHECK runs inside an image: exit 0 when the app answers its basic health, 1 when not. The image has no curl.
fetch(`http://127.0.0.1:${process.env.PORT}/health`, { signal: AbortSignal.timeout(2000) }).then(
  (answer) => process.exit(answer.ok ? 0 : 1),
  () => process.exit(1),
);
