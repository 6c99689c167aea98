import type { Job as QueueJob } from 'bullmq';
import { stepDataSchema, videoDataSchema, type StepData, type VideoData } from './video-flow.js';

/** An item of a queue that is none of ours: another program, or another version of this one, wrote it. */
export interface IgnoredItem {
  readonly queue: string;
  readonly id: string;
  readonly reason: string;
}

/** At most this much of the reason, which may repeat what the item holds, is kept. */
const MAX_REASON = 200;

/**
 * The only way in which data of queue items are read. Whoever can write to Redis can write any item, so the type that BullMQ
 * states for the data of a job says nothing.
 */
export class QueueItems {
  private count = 0;

  constructor(private readonly onIgnored: (item: IgnoredItem) => void = () => undefined) {}

  /** How many items were ignored. An item that is read again counts again. */
  get ignored(): number {
    return this.count;
  }

  /** The data of a video; null when they are not valid, or name another video than their item. */
  videoIn(bull: QueueJob): VideoData | null {
    const parsed = videoDataSchema.safeParse(bull.data);
    if (parsed.success && parsed.data.job.id === bull.id) return parsed.data;
    return this.ignore(bull, parsed.success ? 'its id is not that of its job' : parsed.error.message);
  }

  /** The data of a step; null when they are not valid. */
  stepIn(bull: QueueJob): StepData | null {
    const parsed = stepDataSchema.safeParse(bull.data);
    return parsed.success ? parsed.data : this.ignore(bull, parsed.error.message);
  }

  private ignore(bull: QueueJob, reason: string): null {
    this.count += 1;
    const plain = reason.replace(/\s+/g, ' ').slice(0, MAX_REASON);
    this.onIgnored({ queue: bull.queueName, id: String(bull.id), reason: plain });
    return null;
  }
}
