import type { Redis } from 'ioredis';
import { memoryOf } from './check-redis.js';
import type { Queues } from './queues.js';

/** Some 1.5 kB each: 15 MB of Redis. */
export const MAX_WAITING = 10_000;
/** Of Redis's own limit. The rest is for the steps, events and results of what was let in. */
const MEMORY_SHARE = 0.8;
/** An answer is good for so long: a thousand submissions a second need not ask a thousand times. */
const FRESH_MS = 500;

/** Whether Redis should take another video: asked before it is full, when every video under way could still end. */
export class Admission {
  private answer: Promise<string | null> | null = null;
  private askedMs = 0;

  constructor(
    private readonly redis: Redis,
    private readonly queues: Queues,
    private readonly maxWaiting: number,
  ) {}

  /** Why not; null when there is room. */
  async refusal(): Promise<string | null> {
    const now = performance.now();
    if (this.answer === null || now - this.askedMs > FRESH_MS) {
      this.askedMs = now;
      this.answer = this.query();
    }
    return await this.answer;
  }

  private async query(): Promise<string | null> {
    const [counts, info] = await Promise.all([
      this.queues.videos.getJobCounts('wait', 'delayed', 'prioritized'),
      this.redis.info('memory'),
    ]);
    const waiting = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (waiting >= this.maxWaiting) return `${waiting} videos wait`;
    const { used, limit } = memoryOf(info);
    if (limit > 0 && used > limit * MEMORY_SHARE)
      return `Redis uses ${Math.round((100 * used) / limit)} % of its memory`;
    return null;
  }
}
