import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { errorSchema, eventHeadersSchema, jobParamsSchema } from '../api-schemas.js';
import { visibleOwner } from '../caller.js';
import { CallerShare } from '../caller-share.js';
import { HEARTBEAT_SEC, MAX_STREAMS, STREAMS_PER_CALLER } from '../limits.js';
import { callerIn } from '../security/auth-hook.js';
import { viewOf } from '../job-view.js';
import type { JobService } from '../job-service.js';
import type { ServerApp, ServerParts } from '../server-parts.js';
import { connectionSignal, readableJob } from './job-request.js';

/** Changes of a job are sent at most this often, which is enough for a page. Between, only the ids of changed jobs are kept. */
const CHANGE_INTERVAL_MS = 200;

const streamResponse = {
  description: 'Server-sent events; `data` is JSON, `id` goes into `Last-Event-ID` to resume.',
  content: { 'text/event-stream': { schema: z.string() } },
};

/** Server-sent events. Comments keep quiet connections open; a slow reader costs no memory beyond its position. */
export function eventRoutes(app: ServerApp, { jobs, keys, closing }: ServerParts): void {
  const streams = new CallerShare('event streams', { total: MAX_STREAMS, perCaller: STREAMS_PER_CALLER });

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
      const { id } = readableJob(request, jobs, request.params.id);
      const signal = AbortSignal.any([connectionSignal(reply), closing]);
      const events = jobs.events(id, request.headers['last-event-id'] ?? null, signal);
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
      const changes = jobChanges(jobs, visibleOwner(callerIn(request)), signal);
      return await send(request, reply, changeLines(changes, jobs), signal);
    },
  );

  async function send(
    request: FastifyRequest,
    reply: FastifyReply,
    lines: AsyncIterable<string>,
    signal: AbortSignal,
  ): Promise<FastifyReply> {
    const caller = callerIn(request);
    const release = streams.take(caller);
    // The buffer is small, so that a slow reader gets newer events instead of old ones.
    const stream = Readable.from(
      withHeartbeat(lines, signal, () => keys.isStillValid(caller)),
      { objectMode: true, highWaterMark: 1 },
    );
    stream.once('close', release);
    return await reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .serializer((payload: string) => payload)
      .send(stream);
  }
}

/** Ids of jobs that changed, each at most once per interval, however slowly they are read. */
async function* jobChanges(jobs: JobService, owner: string | null, signal: AbortSignal): AsyncGenerator<string> {
  const changed = new Set<string>();
  let wake: () => void = () => undefined;
  const unsubscribe = jobs.watch(({ job }) => {
    if (owner !== null && job.owner !== owner) return;
    changed.add(job.id);
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  const changeOrAbort = async () =>
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (signal.aborted) resolve();
    });
  try {
    while (!signal.aborted) {
      for (const id of [...changed]) {
        changed.delete(id);
        yield id;
      }
      await new Promise<void>((resolve) => setTimeout(resolve, CHANGE_INTERVAL_MS).unref());
      if (changed.size === 0) await changeOrAbort();
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}

async function* eventLines(events: AsyncIterable<{ id: string; event: { type: string } }>): AsyncGenerator<string> {
  for await (const { id, event } of events) yield `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function* changeLines(ids: AsyncIterable<string>, jobs: JobService): AsyncGenerator<string> {
  for await (const id of ids) {
    const record = jobs.find(id);
    if (record === null) yield `event: removed\ndata: ${JSON.stringify({ id })}\n\n`;
    else yield `event: job\ndata: ${JSON.stringify(viewOf(record, jobs.eventsSoFar(id)))}\n\n`;
  }
}

/**
 * Yields the lines, with a comment first, so that the headers are sent at once, and a comment after each silent interval.
 * @param mayRead checked before each line, because the API key may be revoked while the stream is open
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

/** The promise's value, or null when the time is over first. */
async function orNull<Value>(promise: Promise<Value>, ms: number): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
