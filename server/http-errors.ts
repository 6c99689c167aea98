import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { EarsightError } from '../core/errors.js';
import { HEADERS_LIMIT_MS, RETRY_AFTER_SEC } from './limits.js';
import { addSecurityHeaders, SECURITY_HEADERS } from './security/page-policy.js';
import { asServerError } from './server-error.js';

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly advice: string };
}

function errorBody({ code, message, advice }: EarsightError): ErrorBody {
  return { error: { code, message, advice } };
}

/**
 * Sends every error in one form. Internal details, such as the message of a bug, are written to the log and not sent to
 * the client.
 */
export function installErrors(app: FastifyInstance): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = codedHttpError(thrown, request);
    if (error.entry.httpStatus >= 500) request.log.error({ err: thrown, code: error.code }, 'request failed');
    else request.log.info({ code: error.code }, 'request refused');
    return sendError(reply, error);
  });
  app.setNotFoundHandler((request, reply) => sendError(reply, routeUnknown(request)));
}

export function sendError(reply: FastifyReply, error: EarsightError): FastifyReply {
  addSecurityHeaders(reply);
  const status = error.entry.httpStatus;
  if (status === 429 || status === 503) {
    const seconds = error.details['retryAfterSec'];
    reply.header('retry-after', String(typeof seconds === 'number' ? Math.ceil(seconds) : RETRY_AFTER_SEC));
  }
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  // The rest of the body was not read, so no further request can follow on this connection.
  if (status === 413 || status === 408) reply.header('connection', 'close');
  const shown = error.code === 'EARSIGHT_BUG' ? new EarsightError('EARSIGHT_BUG', { reason: 'see the log' }) : error;
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(errorBody(shown));
}

function codedHttpError(thrown: unknown, request: FastifyRequest): EarsightError {
  if (thrown instanceof EarsightError) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const [issue] = thrown.validation;
    const reason = `${thrown.validationContext}${issue?.instancePath ?? ''}: ${issue?.message ?? 'not valid'}`;
    return new EarsightError('EARSIGHT_REQUEST_INVALID', { reason });
  }
  const status = statusOfFastify(thrown);
  if (!(thrown instanceof Error) || status === null) return asServerError(thrown, 'a file of the server');
  if (status === 404) return routeUnknown(request);
  if (status === 408) return new EarsightError('EARSIGHT_REQUEST_TIMEOUT', { limitSec: '?' });
  if (status === 413) return new EarsightError('EARSIGHT_REQUEST_TOO_LARGE', { limit: thrown.message });
  if (status === 415 || status === 406)
    return new EarsightError('EARSIGHT_REQUEST_TYPE', { type: request.headers['content-type'] ?? 'none' });
  if (status >= 400 && status < 500) return new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: thrown.message });
  return asServerError(thrown, 'a file of the server');
}

/**
 * The status of an error that Fastify or one of its plugins reports about a request, recognised by its code; null for any
 * other error, which is a fault of the server, whatever status it names.
 */
function statusOfFastify(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !('statusCode' in thrown) || typeof thrown.statusCode !== 'number') return null;
  return 'code' in thrown && String(thrown.code).startsWith('FST_') ? thrown.statusCode : null;
}

function routeUnknown(request: FastifyRequest): EarsightError {
  return new EarsightError('EARSIGHT_ROUTE_UNKNOWN', { method: request.method, path: request.url.split('?')[0] ?? '' });
}

/**
 * Answers a connection on which no valid HTTP request arrived, in the same form as every other error, and closes it.
 * For Fastify's `clientErrorHandler`.
 */
export function refuseConnection(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, coded] = connectionErrorOf(error.code);
  const body = JSON.stringify(errorBody(coded));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function connectionErrorOf(code: string | undefined): [number, EarsightError] {
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, new EarsightError('EARSIGHT_REQUEST_TOO_LARGE', { limit: '16 KiB of headers' })];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return [408, new EarsightError('EARSIGHT_REQUEST_TIMEOUT', { limitSec: HEADERS_LIMIT_MS / 1000 })];
  return [400, new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: 'not an HTTP request' })];
}

/** Answers the requests that node itself would refuse without a body: those with an unknown `Expect`, and tunnels. */
export function refuseUnusual(server: Server): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify(errorBody(new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: 'unknown Expect' })));
    const headers = {
      ...SECURITY_HEADERS,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    };
    response.writeHead(417, headers).end(body);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    refuseConnection(new Error('a tunnel'), socket);
  });
}
