import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import { errorSchema, eventHeadersSchema, jobParamsSchema } from '../api-schemas.js';
import { visibleOwner } from '../caller.js';
import { HEARTBEAT_SEC, MAX_STREAMS } from '../limits.js';
import { callerIn } from '../security/auth-hook.js';
import { viewOf } from '../job-view.js';
import type { ServerApp, ServerParts } from '../server-parts.js';
import { jobChanges } from './change-stream.js';
import { connectionSignal } from './connection-signal.js';
import { readableJob } from './job-request.js';

const streamResponse = {
  description: 'Server-sent events; `data` is JSON, `id` goes into `Last-Event-ID` to resume.',
  content: { 'text/event-stream': { schema: z.string() } },
};

/** Server-sent events: a comment now and then keeps the connection, a slow reader holds nothing but its place. */
export function eventRoutes(app: ServerApp, { desk, keys, closing }: ServerParts): void {
  let streams = 0;

  app.get(
    '/v1/jobs/:id/events',
    {
      schema: {
        operationId: 'followJob',
        summary: 'What happens to a job, until it is settled. Of a stage’s progress only the newest is kept.',
        tags: ['events'],
        params: jobParamsSchema,
        headers: eventHeadersSchema,
        response: { 200: streamResponse, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { id } = readableJob(request, desk, request.params.id);
      const signal = AbortSignal.any([connectionSignal(reply), closing]);
      const events = desk.events(id, request.headers['last-event-id'] ?? null, signal);
      return await send(request, reply, eventLines(events), signal);
    },
  );

  app.get(
    '/v1/events',
    {
      schema: {
        operationId: 'followJobs',
        summary:
          'Changes of all jobs the caller may see, from now on: `job` with its new state, `removed` with its id.',
        tags: ['events'],
        response: { 200: streamResponse, default: errorSchema },
      },
    },
    async (request, reply) => {
      const signal = AbortSignal.any([connectionSignal(reply), closing]);
      const changes = jobChanges(desk, visibleOwner(callerIn(request)), signal);
      return await send(request, reply, changeLines(changes, desk), signal);
    },
  );

  async function send(
    request: FastifyRequest,
    reply: FastifyReply,
    lines: AsyncIterable<string>,
    signal: AbortSignal,
  ): Promise<FastifyReply> {
    const caller = callerIn(request);
    if (streams >= MAX_STREAMS)
      throw new EarsightError('EARSIGHT_SERVER_BUSY', { reason: `${MAX_STREAMS} event streams are open` });
    streams += 1;
    // Small: what a reader has not taken yet is better told newer.
    const stream = Readable.from(
      withHeartbeat(lines, signal, () => keys.stillLetsIn(caller)),
      { objectMode: true, highWaterMark: 1 },
    );
    stream.once('close', () => (streams -= 1));
    return await reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .serializer((payload: string) => payload)
      .send(stream);
  }
}

async function* eventLines(events: AsyncIterable<{ id: string; event: { type: string } }>): AsyncGenerator<string> {
  for await (const { id, event } of events) yield `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function* changeLines(ids: AsyncIterable<string>, desk: ServerParts['desk']): AsyncGenerator<string> {
  for await (const id of ids) {
    const record = desk.find(id);
    if (record === null) yield `event: removed\ndata: ${JSON.stringify({ id })}\n\n`;
    else yield `event: job\ndata: ${JSON.stringify(viewOf(record, desk.past(id)))}\n\n`;
  }
}

/**
 * The lines, with a comment first (headers leave at once) and whenever nothing else came for a while.
 * @param mayRead asked before each: a stream outlives the key that opened it.
 */
async function* withHeartbeat(
  lines: AsyncIterable<string>,
  signal: AbortSignal,
  mayRead: () => boolean,
): AsyncGenerator<string> {
  const iterator = lines[Symbol.asyncIterator]();
  yield ': hello\nretry: 2000\n\n';
  try {
    let next = iterator.next();
    while (!signal.aborted) {
      const line = await orNull(next, HEARTBEAT_SEC * 1000);
      if (!mayRead()) return;
      if (line === null) {
        yield ': still here\n\n';
        continue;
      }
      if (line.done === true) return;
      yield line.value;
      next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

/** Null when the time is over first. */
async function orNull<Value>(promise: Promise<Value>, ms: number): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
