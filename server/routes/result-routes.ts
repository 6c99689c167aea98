import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import { audioFileSchema } from '../../core/schemas/audio.js';
import { eventsFileSchema, type EventsFile } from '../../core/schemas/events.js';
import { shotsFileSchema } from '../../core/schemas/shots.js';
import { openBelow, readJsonBelow } from '../../core/store/open-below.js';
import { errorSchema, jobParamsSchema, resultSchema, waitQuerySchema } from '../api-schemas.js';
import { CallerShare } from '../caller-share.js';
import type { JobRecord } from '../job-record.js';
import { hrefOf } from '../job-view.js';
import { FILES_SENT_PER_CALLER, MAX_FILES_SENT } from '../limits.js';
import { callerIn } from '../security/auth-hook.js';
import { REPORT_POLICY } from '../security/page-policy.js';
import type { ServerApp, ServerParts } from '../server-parts.js';
import { connectionSignal, readableJob } from './job-request.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.json': JSON_TYPE,
  '.jsonl': 'application/x-ndjson; charset=utf-8',
  '.vtt': 'text/vtt; charset=utf-8',
  '.jpg': 'image/jpeg',
};

const fileParamsSchema = jobParamsSchema.extend({ '*': z.string().min(1).max(512) });
const binary = (type: string, description: string) => ({ description, content: { [type]: { schema: z.string() } } });

/** Serves the results of finished jobs. */
export function resultRoutes(app: ServerApp, { jobs, data }: ServerParts): void {
  const sending = new CallerShare('files', { total: MAX_FILES_SENT, perCaller: FILES_SENT_PER_CALLER });

  app.get(
    '/v1/jobs/:id/result',
    {
      schema: {
        operationId: 'getResult',
        summary: 'Events, shots and sound of a finished job, and all its files; with `wait`, once it is settled.',
        tags: ['results'],
        params: jobParamsSchema,
        querystring: waitQuerySchema,
        response: { 200: resultSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const { id } = readableJob(request, jobs, request.params.id);
      const { wait = 0 } = request.query;
      if (wait > 0) await jobs.settled(id, wait * 1000, connectionSignal(reply));
      const record = finished(readableJob(request, jobs, id));
      const events = await eventsIn(data.results, id);
      return {
        id,
        name: record.name,
        durationSec: record.durationSec,
        events: { ...events, source: { ...events.source, path: record.name } },
        shots: shotsFileSchema.nullable().parse(await optionalJson(data.results, record, 'shots.json')),
        audio: audioFileSchema.nullable().parse(await optionalJson(data.results, record, 'audio.json')),
        files: record.files.map(({ name, bytes }) => ({ name, bytes, href: hrefOf(id, name) })),
      };
    },
  );

  app.get(
    '/v1/jobs/:id/report',
    {
      schema: {
        operationId: 'getReport',
        summary: 'The report of a finished job, a page for people.',
        tags: ['results'],
        params: jobParamsSchema,
        response: { 200: binary('text/html', 'One self-contained page.'), default: errorSchema },
      },
    },
    async (request, reply) => {
      const record = finished(readableJob(request, jobs, request.params.id));
      holdWhileSending(request, reply);
      return await sendFile(reply, data.results, record, 'report.html');
    },
  );

  app.get(
    '/v1/jobs/:id/files/*',
    {
      schema: {
        operationId: 'getFile',
        summary: 'One file of a finished job, by a name that its result lists.',
        tags: ['results'],
        params: fileParamsSchema,
        response: { 200: binary('application/octet-stream', 'The file.'), default: errorSchema },
      },
    },
    async (request, reply) => {
      const record = finished(readableJob(request, jobs, request.params.id));
      holdWhileSending(request, reply);
      return await sendFile(reply, data.results, record, request.params['*']);
    },
  );

  /** Counts a file towards the share of its caller until it is sent, because a slow reader keeps it open. */
  function holdWhileSending(request: FastifyRequest, reply: FastifyReply): void {
    const release = sending.take(callerIn(request));
    if (reply.raw.closed) release();
    else reply.raw.once('close', release);
  }
}

/** @throws EarsightError EARSIGHT_JOB_STATE unless the job is done. */
function finished(record: JobRecord): JobRecord {
  if (record.state !== 'done') throw new EarsightError('EARSIGHT_JOB_STATE', { id: record.id, state: record.state });
  return record;
}

/**
 * Sends a published file. Only names in the job's list of files are accepted, and only regular files that lie below its
 * folder: others may be able to write to the results.
 */
async function sendFile(reply: FastifyReply, results: string, record: JobRecord, name: string): Promise<FastifyReply> {
  if (!record.files.some((file) => file.name === name))
    throw new EarsightError('EARSIGHT_INPUT_MISSING', { path: name });
  if (name === 'events.json') {
    // The stored file contains the server's own path of the input, so it is replaced by the name the submitter knows.
    const events = await eventsIn(results, record.id);
    const warnings = events.warnings.map((warning) => ({
      ...warning,
      message: warning.message.replaceAll(record.input, () => record.name),
    }));
    const text = JSON.stringify({ ...events, source: { ...events.source, path: record.name }, warnings });
    return await reply.type(JSON_TYPE).serializer(unchanged).send(text);
  }
  const file = await openBelow(results, `${record.id}/${name}`);
  const { size } = await file.stat();
  return await reply
    .type(TYPES[extname(name)] ?? 'application/octet-stream')
    .header('content-length', size)
    .header('content-security-policy', REPORT_POLICY)
    .serializer(unchanged)
    .send(createReadStream('', { fd: file }));
}

/** Returns null when the job has no such file. @throws EarsightError EARSIGHT_INPUT_MISSING when it is gone. */
async function optionalJson(results: string, { id, files }: JobRecord, name: string): Promise<unknown> {
  return files.some((file) => file.name === name) ? await readJsonBelow(results, `${id}/${name}`) : null;
}

/** @throws EarsightError EARSIGHT_INPUT_MISSING when the folder was removed from outside. */
async function eventsIn(results: string, id: string): Promise<EventsFile> {
  const events = await readJsonBelow(results, `${id}/events.json`);
  if (events === null) throw new EarsightError('EARSIGHT_INPUT_MISSING', { path: 'events.json' });
  return eventsFileSchema.parse(events);
}

function unchanged(payload: string): string {
  return payload;
}
