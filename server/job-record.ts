import { z } from 'zod';

export const jobStateSchema = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
export type JobState = z.infer<typeof jobStateSchema>;

export const JOB_ID = /^j[0-9a-f]{31}$/;

/** A file of the server's own disks, by its real path, and what it was when it was named. */
const pathToCopySchema = z.strictObject({ path: z.string(), identity: z.string() });
export type PathToCopy = z.infer<typeof pathToCopySchema>;

export const jobSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('upload') }),
  /** Copied when the job's turn comes, where no link could be made to it. */
  z.strictObject({ kind: z.literal('path'), copy: pathToCopySchema.exactOptional() }),
  /** Fetched when the job's turn comes; queries may hold secrets, so only the owner's server sees the whole address. */
  z.strictObject({ kind: z.literal('url'), url: z.string() }),
]);
export type JobSource = z.infer<typeof jobSourceSchema>;

const webhookSchema = z.strictObject({
  url: z.string(),
  delivery: z.enum(['pending', 'delivered', 'given-up']),
});

/** All that the server remembers of a job: one file in its book. */
export const jobRecordSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string().regex(JOB_ID),
  /** Id of the API key that submitted it. */
  owner: z.string(),
  source: jobSourceSchema,
  /** As its submitter knows it: an uploaded file's name, a path below a root, an address without its query. */
  name: z.string(),
  /** Absolute: the staged file, below the data folder, that the pipeline reads. */
  input: z.string(),
  /** Whether `input` is complete. */
  staged: z.boolean(),
  state: jobStateSchema,
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  /** Counts retries; the first try is 1. */
  attempt: z.number().int().positive(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  durationSec: z.number().nullable(),
  /** Published files, relative to the job's own result folder. */
  files: z.array(z.strictObject({ name: z.string(), bytes: z.number().int() })),
  idempotency: z.strictObject({ key: z.string(), fingerprint: z.string() }).nullable(),
  webhook: webhookSchema.nullable(),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;

export function isSettled(state: JobState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}
