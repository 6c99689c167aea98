import { z } from 'zod';

export const jobStateSchema = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
export type JobState = z.infer<typeof jobStateSchema>;

export const JOB_ID = /^j[0-9a-f]{31}$/;

/** A file on the server's disks: its real path, and the identity (inode, size, time) it had when it was submitted. */
const pathToCopySchema = z.strictObject({ path: z.string(), identity: z.string() });
export type PathToCopy = z.infer<typeof pathToCopySchema>;

const jobSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('upload') }),
  /** `copy` is set when no hard link could be made; the file is then copied when the job starts. */
  z.strictObject({ kind: z.literal('path'), copy: pathToCopySchema.exactOptional() }),
  /** Downloaded when the job starts. The query may hold secrets, so the API shows the address without it. */
  z.strictObject({ kind: z.literal('url'), url: z.string() }),
]);
export type JobSource = z.infer<typeof jobSourceSchema>;

const webhookSchema = z.strictObject({
  url: z.string(),
  delivery: z.enum(['pending', 'delivered', 'given-up']),
});

/** Everything the server stores about a job, as one JSON file. */
export const jobRecordSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string().regex(JOB_ID),
  /** Id of the API key that submitted it. */
  owner: z.string(),
  source: jobSourceSchema,
  /** The name shown to the submitter: an uploaded file's name, a path below a root, or an address without its query. */
  name: z.string(),
  /** Absolute path of the staged file below the data folder, which the pipeline reads. */
  input: z.string(),
  /** Whether `input` is complete. */
  staged: z.boolean(),
  state: jobStateSchema,
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  /** Number of the present attempt; the first one is 1. */
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
