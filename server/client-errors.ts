import type { Socket } from 'node:net';
import { EarsightError } from '../core/errors.js';
import { errorBody } from './http-errors.js';
import { HEADERS_LIMIT_MS } from './limits.js';

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** What is no HTTP request at all is refused in the same form; then the connection ends. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, coded] = statusOf(error.code);
  const body = JSON.stringify(errorBody(coded));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function statusOf(code: string | undefined): [number, EarsightError] {
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, new EarsightError('EARSIGHT_REQUEST_TOO_LARGE', { limit: '16 KiB of headers' })];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return [408, new EarsightError('EARSIGHT_REQUEST_TIMEOUT', { limitSec: HEADERS_LIMIT_MS / 1000 })];
  return [400, new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: 'not an HTTP request' })];
}
