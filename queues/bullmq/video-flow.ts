import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import type { Resource } from '../../core/stage.js';
import { warningSchema } from '../../core/warnings.js';
import type { EngineEvent } from '../engine.js';

/** Prefix of all our keys in Redis. */
export const PREFIX = 'earsight';

/**
 * One queue per resource class for the steps, and `videos` for the root job of each flow: the video, which plans its steps,
 * waits for them as its children, and publishes the results.
 */
export const QUEUES = ['videos', 'media', 'inference', 'light'] as const;
export type QueueName = (typeof QUEUES)[number];

const resourceSchema: z.ZodType<Resource> = z.enum(['media', 'inference', 'light']);

export const jobSchema = z.strictObject({
  id: z.string(),
  input: z.string(),
  content: z.strictObject({ sha256: z.string(), bytes: z.number().int() }).exactOptional(),
  output: z.string(),
  run: z.strictObject({ out: z.string(), settings: z.string() }),
});

export const videoDataSchema = z.strictObject({
  job: jobSchema,
  /** Number of the video's present attempt, which a retry increments, so that earlier failures do not count for it. */
  go: z.number().int(),
  /** How often the video was planned in this attempt. */
  round: z.number().int(),
});
export type VideoData = z.infer<typeof videoDataSchema>;

export const stepSchema = z.strictObject({
  name: z.string(),
  resource: resourceSchema,
  after: z.array(z.string()),
  content: z.string().exactOptional(),
});

export const stepDataSchema = z.strictObject({ video: videoDataSchema, step: stepSchema });
export type StepData = z.infer<typeof stepDataSchema>;

/** What a worker reports about a video in progress, as job progress in the event stream of `videos`. */
export const reportSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('started'), steps: z.array(z.string()) }),
  z.strictObject({ type: z.literal('progress'), step: z.string(), fraction: z.number() }),
  z.strictObject({ type: z.literal('warning'), step: z.string(), warning: warningSchema }),
  z.strictObject({ type: z.literal('step-done'), step: z.string(), wallMs: z.number() }),
]) satisfies z.ZodType<WithoutJob<EngineEvent>>;
export type Report = z.infer<typeof reportSchema>;

type WithoutJob<Event> = Event extends { type: 'done' | 'failed' } ? never : Omit<Event, 'job'>;

/** Job data takes about 600 bytes, mostly paths; data near this limit would be a bug. */
const MAX_DATA_BYTES = 16_384;

/** Finished and failed videos are kept for a day, up to this number, so that their state can be queried. */
const KEPT_VIDEOS = { age: 24 * 3600, count: 5_000 };

/** About 10, 20, 40 and 80 s between the attempts, with jitter, so that a fleet does not retry all at once. */
const ATTEMPTS: JobsOptions = { attempts: 5, backoff: { type: 'exponential', delay: 10_000, jitter: 0.5 } };

const BOUNDS: JobsOptions = { sizeLimit: MAX_DATA_BYTES, stackTraceLimit: 3, keepLogs: 20 };

export function videoOptions(id: string): JobsOptions {
  return { jobId: id, ...ATTEMPTS, ...BOUNDS, removeOnComplete: KEPT_VIDEOS, removeOnFail: KEPT_VIDEOS };
}

/**
 * Options of a step, which is a child of its video. A step that has finally failed wakes the video at once
 * (`continueParentOnFailure`), which then aborts the other steps and fails with the step's reason.
 */
export function stepOptions(video: VideoData, step: string): JobsOptions {
  const parent = { id: video.job.id, queue: `${PREFIX}:videos` };
  return {
    jobId: `${video.job.id}.${video.go}.${video.round}.${step}`,
    parent,
    continueParentOnFailure: true,
    ...ATTEMPTS,
    ...BOUNDS,
    removeOnComplete: true,
    // Not removed at once: parents have waited for ever for children removed as they failed (taskforcesh/bullmq#1752, #800).
    removeOnFail: { age: 3600, count: 1_000 },
  };
}

/** Whether the key of a child job, as its parent's hashes hold it, belongs to this attempt and round. */
export function isOfRound(childKey: string, { job, go, round }: VideoData): boolean {
  return childKey.split(':').at(-1)?.startsWith(`${job.id}.${go}.${round}.`) === true;
}
