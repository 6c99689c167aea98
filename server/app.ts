import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyBaseLogger } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { EarsightError } from '../core/errors.js';
import { CallerShare } from './caller-share.js';
import { Connections } from './connections.js';
import { installErrors, refuseConnection, refuseUnusual, sendError } from './http-errors.js';
import {
  CONNECTIONS_CHECK_MS,
  HEADERS_LIMIT_MS,
  IDLE_LIMIT_MS,
  JSON_BODY_BYTES,
  REQUEST_LIMIT_MS,
  REQUESTS_PER_CALLER,
  RESERVED_CONNECTIONS,
} from './limits.js';
import { installDocumentation, installOpenApi } from './openapi.js';
import { eventRoutes } from './routes/event-routes.js';
import { jobRoutes } from './routes/job-routes.js';
import { healthRoutes, metricsRoute } from './routes/monitoring-routes.js';
import { pageRoutes } from './routes/page-routes.js';
import { resultRoutes } from './routes/result-routes.js';
import { sessionRoutes } from './routes/session-routes.js';
import { submitRoute } from './routes/submit-route.js';
import { installAuthHook } from './security/auth-hook.js';
import { installPolicy } from './security/page-policy.js';
import { asServerError } from './server-error.js';
import type { ServerApp, ServerParts } from './server-parts.js';

/** Builds the complete HTTP application over a job service. It does not listen on a port yet. */
export async function buildApp(parts: ServerParts, logger: FastifyBaseLogger): Promise<ServerApp> {
  const app: ServerApp = fastify({
    loggerInstance: logger,
    bodyLimit: JSON_BODY_BYTES,
    connectionTimeout: IDLE_LIMIT_MS,
    requestTimeout: REQUEST_LIMIT_MS,
    // A missing Host header is refused by the hook of authentication, in the form of every other refusal.
    http: {
      headersTimeout: HEADERS_LIMIT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      requireHostHeader: false,
    },
    // Idle keep-alive connections are closed at once when the server stops.
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, _request, reply) => {
      sendError(reply, new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: error.message }));
    },
  }).withTypeProvider<ZodTypeProvider>();
  const connections = new Connections(parts.maxConnections, RESERVED_CONNECTIONS);
  connections.watch(app.server);
  refuseUnusual(app.server);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  installErrors(app);
  installPolicy(app);
  installAuthHook(app, parts.keys, parts.sessions);
  limitCallers(app, connections, parts.maxConnections);
  await app.register(rateLimit, {
    keyGenerator: (request) => request.caller?.id ?? '',
    allowList: (request) => request.caller === null || request.caller.ratePerMinute === null,
    max: (request) => request.caller?.ratePerMinute ?? Infinity,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { max, ttl }) =>
      new EarsightError('EARSIGHT_RATE', { limit: max, retryAfterSec: ttl / 1000 }),
  });
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: { files: 1, fields: 4, parts: 5, fieldNameSize: 64, fieldSize: 4096, headerPairs: 32 },
  });
  await installOpenApi(app);
  app.register((routes, _options, done) => {
    const typed = routes.withTypeProvider<ZodTypeProvider>();
    submitRoute(typed, parts);
    jobRoutes(typed, parts);
    eventRoutes(typed, parts);
    resultRoutes(typed, parts);
    pageRoutes(typed);
    sessionRoutes(typed, parts);
    healthRoutes(typed, parts);
    if (parts.metrics !== null) metricsRoute(typed, parts.metrics);
    done();
  });
  if (parts.queues !== null) {
    // Imported only here, because only a server with Redis has queues to show.
    const { queueBoard } = await import('./routes/queue-board.js');
    await queueBoard(app, parts.queues);
  }
  await app.register(installDocumentation);
  return app;
}

/** Holds the connection of each request of an authenticated caller, and limits how many requests a caller has in progress. */
function limitCallers(app: ServerApp, connections: Connections, total: number): void {
  const requests = new CallerShare('requests', { total, perCaller: REQUESTS_PER_CALLER });
  app.addHook('onRequest', (request, reply, done) => {
    const { caller } = request;
    if (caller === null || request.routeOptions.config.access === 'public') {
      done();
      return;
    }
    try {
      reply.raw.once('close', requests.take(caller));
      const letGo = connections.hold(request.raw.socket);
      if (letGo === null) throw new EarsightError('EARSIGHT_SERVER_BUSY', { reason: 'all connections are in use' });
      reply.raw.once('close', letGo);
      done();
    } catch (error) {
      done(asServerError(error, 'a request'));
    }
  });
}
