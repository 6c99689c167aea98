import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { EarsightError, toEarsightError } from '../core/errors.js';
import { RETRY_AFTER_SEC } from './limits.js';

export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly advice: string };
}

export function errorBody({ code, message, advice }: EarsightError): ErrorBody {
  return { error: { code, message, advice } };
}

/** Every refusal leaves in one form. What a stranger should not know (a bug's message) stays in the log. */
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
  const status = error.entry.httpStatus;
  if (status === 429 || status === 503) {
    const seconds = error.details['retryAfterSec'];
    reply.header('retry-after', String(typeof seconds === 'number' ? Math.ceil(seconds) : RETRY_AFTER_SEC));
  }
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  // A body that was not read to its end cannot be followed by another request.
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
  if (!(thrown instanceof Error)) return toEarsightError(thrown);
  const status = 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : 500;
  if (status === 404) return routeUnknown(request);
  if (status === 408) return new EarsightError('EARSIGHT_REQUEST_TIMEOUT', { limitSec: '?' });
  if (status === 413) return new EarsightError('EARSIGHT_REQUEST_TOO_LARGE', { limit: thrown.message });
  if (status === 415 || status === 406)
    return new EarsightError('EARSIGHT_REQUEST_TYPE', { type: request.headers['content-type'] ?? 'none' });
  if (status >= 400 && status < 500) return new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: thrown.message });
  return toEarsightError(thrown);
}

function routeUnknown(request: FastifyRequest): EarsightError {
  return new EarsightError('EARSIGHT_ROUTE_UNKNOWN', { method: request.method, path: request.url.split('?')[0] ?? '' });
}
