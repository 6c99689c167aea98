import type { Redis } from 'ioredis';
import type { Work } from '../engine.js';
import type { Queues } from './queues.js';
import type { CancellationListener } from './cancellation.js';
import type { Report } from './video-flow.js';

/** What the processors of one worker share. */
export interface ProcessorContext {
  readonly work: Work;
  readonly redis: Redis;
  readonly queues: Queues;
  readonly cancellations: CancellationListener;
  /** Aborted when this worker must let go of its jobs: they go back to their queues. */
  readonly leaving: AbortSignal;
}

/** Tells whoever watches a video; one that was removed meanwhile has nobody watching. */
export async function report({ queues }: ProcessorContext, id: string, what: Report): Promise<void> {
  await queues.videos.updateJobProgress(id, what).catch((error: unknown) => {
    if (!(error instanceof Error && error.message.includes('Missing key for job'))) throw error;
  });
}
