import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { componentSchemas } from './api-doc';
import { withResponseHeaders } from './response-headers';

const DESCRIPTION = `Analytics for workspaces that run AI agents: events in, answers over REST, live updates over WebSockets.

Every answer carries \`x-request-id\` and \`x-trace-id\`. Failures are problem+json (RFC 9457) with a stable \`code\`; 429 and 503 say when to try again.
Requests and events are limited for each caller and each workspace by token buckets: \`RateLimit-Policy\` and \`RateLimit\` (structured fields) say how much there is (\`q\`: at once, \`w\`: seconds
until all of it is back) and how much is left (\`r\`; all of it again after \`t\` seconds). An event costs 1, any other request too.
Spans of time are half-open, \`[from, to)\`. Credits are exact decimals, as strings.`;

const BEARER = 'A JWT of a person, or an API key of a program (`shk_...`), which is good for its workspace and its scopes: ingest, read, export, admin.';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** Described by their status only: they come from the library that observes the app, which knows no OpenAPI. */
const METRICS = ['/metrics', '/api/v1/metrics', '/metrics/cluster'];

/** The OpenAPI 3.1 document of the running app. */
export function openApiOf(app: NestFastifyApplication): OpenAPIObject {
  const about = new DocumentBuilder().setOpenAPIVersion('3.1.0').setTitle('Shadower Analytics API').setDescription(DESCRIPTION).setVersion('1').addBearerAuth({ type: 'http', scheme: 'bearer', description: BEARER }).build();
  const document = SwaggerModule.createDocument(app, about);
  for (const path of METRICS) Object.assign(document.paths[path]?.get?.responses ?? {}, { 403: { description: 'for those who run the system, who come from its own network or with its token' } });
  return withResponseHeaders({ ...document, components: { ...document.components, schemas: componentSchemas() as Schemas } });
}

/** Swagger UI at /docs, the document at /docs/openapi.json. */
export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => openApiOf(app), { jsonDocumentUrl: 'docs/openapi.json', customSiteTitle: 'Shadower Analytics API' });
}
