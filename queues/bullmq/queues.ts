import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { tracing } from '../metrics/tracing.js';
import { PREFIX, type StepData, type VideoData } from './video-flow.js';

/** Some 200 bytes each. Whoever watches reads them as they come, and asks for the state of what it missed. */
const MOST_EVENTS = 10_000;

/** The queues of a fleet, for adding to and asking about. */
export interface Queues {
  readonly videos: Queue<VideoData>;
  readonly media: Queue<StepData>;
  readonly inference: Queue<StepData>;
  readonly light: Queue<StepData>;
}

export function openQueues(redis: Redis): Queues {
  const streams = { events: { maxLen: MOST_EVENTS } };
  const options = { connection: redis, prefix: PREFIX, streams, ...tracing() };
  const queues = {
    videos: new Queue<VideoData>('videos', options),
    media: new Queue<StepData>('media', options),
    inference: new Queue<StepData>('inference', options),
    light: new Queue<StepData>('light', options),
  };
  // Calls that fail reject; a lost connection alone is no reason to end the process.
  for (const queue of Object.values(queues)) queue.on('error', () => undefined);
  return queues;
}

export async function closeQueues(queues: Queues): Promise<void> {
  for (const queue of [queues.videos, queues.media, queues.inference, queues.light]) await queue.close();
}
