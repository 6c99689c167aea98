import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import type { Resource } from '../../core/stage.js';
import type { EngineEvent } from '../engine.js';

/** Before every key of ours in Redis. */
export const PREFIX = 'earsight';

/**
 * One queue a resource class for the steps, and `videos`, which holds each flow's root: the video, which plans its
 * steps, waits for them as its children, and publishes.
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
  /** Which try of the whole video this is: raised by a retry, so that what failed before is not mistaken for now. */
  go: z.number().int(),
  /** How often it was planned in this try. */
  round: z.number().int(),
});
export type VideoData = z.infer<typeof videoDataSchema>;

export const stepSchema = z.strictObject({ name: z.string(), resource: resourceSchema, after: z.array(z.string()) });

export const stepDataSchema = z.strictObject({ video: videoDataSchema, step: stepSchema });
export type StepData = z.infer<typeof stepDataSchema>;

/** What a worker tells about a video while it goes on; kept in the events stream of `videos`. */
export const reportSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('started'), steps: z.array(z.string()) }),
  z.strictObject({ type: z.literal('progress'), step: z.string(), fraction: z.number() }),
  z.strictObject({ type: z.literal('warning'), step: z.string(), message: z.string() }),
  z.strictObject({ type: z.literal('step-done'), step: z.string(), wallMs: z.number() }),
]) satisfies z.ZodType<WithoutJob<EngineEvent>>;
export type Report = z.infer<typeof reportSchema>;

type WithoutJob<Event> = Event extends { type: 'done' | 'failed' } ? never : Omit<Event, 'job'>;

/** References need some 600 bytes, mostly paths: anything near this is a mistake of ours. */
const LARGEST_DATA_BYTES = 16_384;

/** A video that is finished or failed stays to be asked about for a day, and at most so many of them. */
const KEPT_VIDEOS = { age: 24 * 3600, count: 5_000 };

/** Some 10 s, 20 s, 40 s, 80 s between the tries, spread so that a fleet does not come back all at once. */
const ATTEMPTS: JobsOptions = { attempts: 5, backoff: { type: 'exponential', delay: 10_000, jitter: 0.5 } };

const BOUNDS: JobsOptions = { sizeLimit: LARGEST_DATA_BYTES, stackTraceLimit: 3, keepLogs: 20 };

export function videoOptions(id: string): JobsOptions {
  return { jobId: id, ...ATTEMPTS, ...BOUNDS, removeOnComplete: KEPT_VIDEOS, removeOnFail: KEPT_VIDEOS };
}

/**
 * The edge from a step to its video: a step that failed for good wakes the video at once, which then stops the other
 * steps and fails with the step's reason. Nothing waits for a step that will not come.
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
    // Not at once: a child that vanishes as it fails has stranded parents (taskforcesh/bullmq#1752, #800).
    removeOnFail: { age: 3600, count: 1_000 },
  };
}

/** Whether the key of a child, as a parent's hashes hold it, is of this try and round. */
export function isOfRound(childKey: string, { job, go, round }: VideoData): boolean {
  return childKey.split(':').at(-1)?.startsWith(`${job.id}.${go}.${round}.`) === true;
}
