import { z } from 'zod';
import { audioFileSchema } from '../core/schemas/audio.js';
import { eventsFileSchema } from '../core/schemas/events.js';
import { shotsFileSchema } from '../core/schemas/shots.js';
import { JOB_ID, jobStateSchema } from './job-record.js';
import { MAX_WAIT_SEC, PAGE_LIMIT } from './limits.js';

/** Response schemas hold no transforms, because the OpenAPI document could not describe them. */

export const errorSchema = z
  .strictObject({
    error: z.strictObject({ code: z.string(), message: z.string(), advice: z.string() }),
  })
  .describe('Every refusal: a code of docs/errors.md, what happened, what to do.');

const stageSchema = z.strictObject({
  name: z.string().describe('As in docs/architecture.md.'),
  fraction: z.number().min(0).max(1).describe('How much of it is done.'),
  wallMs: z.number().nullable().describe('Set when the stage is done.'),
});

export const jobSchema = z.strictObject({
  id: z.string().regex(JOB_ID),
  state: jobStateSchema.describe('The last three are settled.'),
  name: z.string().describe('The uploaded file, the path below a root, or the address without its query.'),
  source: z.enum(['upload', 'path', 'url']),
  attempt: z.number().int().positive().describe('Counts retries; the first try is 1.'),
  createdAt: z.string().describe('ISO 8601, UTC, as the other times.'),
  startedAt: z.string().nullable().describe('When this try began.'),
  finishedAt: z.string().nullable().describe('When it was settled.'),
  progress: z.number().min(0).max(1).describe('Mean of the stages of this try.'),
  stages: z.array(stageSchema).describe('Those still to be done when this try began.'),
  durationSec: z.number().nullable().describe('Length of the sound or video, in seconds.'),
  thumbnail: z.string().nullable().describe('Where to get a picture of it from, once it is done.'),
  error: z.strictObject({ code: z.string(), message: z.string(), advice: z.string() }).nullable(),
});
export type JobView = z.infer<typeof jobSchema>;

/** The body that a webhook receives. */
export const webhookMessageSchema = z.strictObject({
  type: z.enum(['job.done', 'job.failed', 'job.cancelled']),
  job: jobSchema.describe('As `GET /v1/jobs/{id}` has it, but without its stages.'),
});

export const jobListSchema = z.strictObject({
  jobs: z.array(jobSchema),
  next: z.string().nullable().describe('`before` of the next page; null on the last.'),
});

const publishedFileSchema = z.strictObject({
  name: z.string(),
  bytes: z.number().int(),
  href: z.string().describe('Where to get it from, relative to the server.'),
});

export const resultSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  durationSec: z.number().nullable(),
  events: eventsFileSchema,
  shots: shotsFileSchema.nullable(),
  audio: audioFileSchema.nullable(),
  files: z.array(publishedFileSchema).describe('Everything that was made, segments.jsonl and pictures included.'),
});

const webhookSchema = z
  .string()
  .max(2048)
  .describe('Address that gets a signed POST when the job is settled; the server must have webhooks on.');

export const submitBodySchema = z.union([
  z.strictObject({
    path: z.string().min(1).max(4096).describe('A file below a folder the server was started with (`--root`).'),
    webhook: webhookSchema.optional(),
  }),
  z.strictObject({
    url: z
      .string()
      .min(1)
      .max(2048)
      .describe('An http or https address; the server must have addresses on (`--urls`).'),
    webhook: webhookSchema.optional(),
  }),
]);

export const uploadFieldsSchema = z.strictObject({ webhook: webhookSchema.optional() });

/** Describes the multipart form in the OpenAPI document only: the upload code reads the parts one by one. */
export const uploadFormSchema = z.strictObject({
  file: z.string().meta({ format: 'binary', description: 'One sound or video file.' }),
  webhook: webhookSchema.optional(),
});

export const jobParamsSchema = z.strictObject({ id: z.string().regex(JOB_ID) });

/**
 * A whole number in a query string. Only digits are accepted: `1e3` or ` 5` is treated as a mistake of the caller. A query
 * holds text, so the OpenAPI document, which describes the number, is told its bounds.
 */
function whole(minimum: number, maximum: number) {
  return z
    .preprocess(
      (text) => (typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : NaN),
      z.int().min(minimum).max(maximum),
    )
    .meta({ type: 'integer', minimum, maximum });
}

export const waitQuerySchema = z.strictObject({
  wait: whole(0, MAX_WAIT_SEC).optional().describe('Answer only when the job is settled, or after so many seconds.'),
});

export const listQuerySchema = z.strictObject({
  state: jobStateSchema.optional(),
  before: z.string().regex(JOB_ID).optional().describe('Only jobs older than this one.'),
  limit: whole(1, PAGE_LIMIT).optional().describe('Jobs a page; 50 without it.'),
});

export const removeQuerySchema = z.strictObject({
  purge: z.enum(['true', 'false']).optional().describe('Forget the job and delete all its files as well.'),
});

export const submitHeadersSchema = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .describe('The same key and request again give the same job.'),
});

export const eventHeadersSchema = z.object({
  'last-event-id': z.string().max(64).optional().describe('Go on after this event.'),
});
