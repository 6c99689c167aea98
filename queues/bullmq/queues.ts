import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { tracing } from '../metrics/tracing.js';
import { PREFIX, type StepData, type VideoData } from './video-flow.js';

/** Events kept in each queue's stream, about 200 bytes each. Readers that missed events query the state of jobs instead. */
const MAX_EVENTS = 10_000;

/** The queues of a fleet, for adding jobs and reading their states. */
export interface Queues {
  readonly videos: Queue<VideoData>;
  readonly media: Queue<StepData>;
  readonly inference: Queue<StepData>;
  readonly light: Queue<StepData>;
}

export function openQueues(redis: Redis): Queues {
  const streams = { events: { maxLen: MAX_EVENTS } };
  const options = { connection: redis, prefix: PREFIX, streams, ...tracing() };
  const queues = {
    videos: new Queue<VideoData>('videos', options),
    media: new Queue<StepData>('media', options),
    inference: new Queue<StepData>('inference', options),
    light: new Queue<StepData>('light', options),
  };
  // Failed commands reject; without a listener a lost connection would end the process.
  for (const queue of Object.values(queues)) queue.on('error', () => undefined);
  return queues;
}

export async function closeQueues(queues: Queues): Promise<void> {
  for (const queue of [queues.videos, queues.media, queues.inference, queues.light]) await queue.close();
}
