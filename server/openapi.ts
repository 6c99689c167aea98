import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { VERSION } from '../core/version.js';
import { webhookMessageSchema } from './api-schemas.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Body schemas by content type, for a route that accepts more than one type and validates the body itself. */
    bodies?: Readonly<Record<string, z.ZodType>>;
  }
}

const DESCRIPTION = `Hand in sound and video, follow what happens to it, fetch what was heard and seen.

Every refusal is \`{"error": {code, message, advice}}\` with a code of docs/errors.md. With API keys, send
\`Authorization: Bearer <key>\`; a server without keys answers its own machine only.`;

/** Allows only the server's own files. Swagger UI writes inline styles. */
const DOCUMENTATION_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const WEBHOOK = {
  operationId: 'jobSettled',
  summary:
    'What the `webhook` address of a submission gets when the job is settled. docs/server.md has how to verify it.',
  security: [],
  parameters: [
    {
      name: 'X-Earsight-Signature',
      in: 'header' as const,
      required: true,
      description:
        "`t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY` under the webhook secret of the submitter's API key.",
      schema: { type: 'string' as const, pattern: '^t=\\d+,v1=[0-9a-f]{64}$' },
    },
  ],
  requestBody: { required: true, content: contentOf({ 'application/json': webhookMessageSchema }) },
  responses: {
    '2XX': { description: 'Taken.' },
    default: { description: 'Sent again, up to five times within ten minutes; redirects are not followed.' },
  },
};

/** Makes the OpenAPI 3.1 document from the schemas of the routes. Register it before the routes. */
export async function installOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'earsight',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'jobs', description: 'Hand in, ask after, stop, try again' },
        { name: 'events', description: 'Server-sent events' },
        { name: 'results', description: 'What was made' },
        { name: 'session', description: 'Signing in at the page' },
        { name: 'health', description: 'For supervisors' },
      ],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key: `earsight keys create`' },
          session: { type: 'apiKey', in: 'cookie', name: 'earsight_session' },
        },
      },
      security: [{ key: [] }, { session: [] }],
      webhooks: { jobSettled: { post: WEBHOOK } },
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      const { bodies, access } = document.route.config ?? {};
      const body = bodies === undefined ? {} : { body: { content: contentOf(bodies) } };
      return { schema: { ...schema, ...body, ...(access === 'public' ? { security: [] } : {}) }, url };
    },
  });
}

/** Serves the OpenAPI document as a page at `/docs` and as JSON at `/docs/json`. */
export async function installDocumentation(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCUMENTATION_POLICY,
    uiConfig: { deepLinking: true, tryItOutEnabled: false },
  });
}

function contentOf(bodies: Readonly<Record<string, z.ZodType>>): Record<string, { readonly schema: object }> {
  const content = Object.entries(bodies).map(([type, body]) => {
    const schema = Object.entries(z.toJSONSchema(body, { io: 'input' })).filter(([name]) => name !== '$schema');
    return [type, { schema: Object.fromEntries(schema) }] as const;
  });
  return Object.fromEntries(content);
}
