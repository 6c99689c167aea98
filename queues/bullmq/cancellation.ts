import type { Redis } from 'ioredis';
import { EarsightError } from '../../core/errors.js';
import { PREFIX } from './video-flow.js';

const CHANNEL = `${PREFIX}:stop`;
/** The longest that a stopped job may lie in a queue before somebody sees its mark. */
const MARK_SEC = 7 * 24 * 3600;

/** Marks a job as cancelled and tells every worker at once. */
export async function requestCancellation(redis: Redis, id: string): Promise<void> {
  await redis.set(markOf(id), '1', 'EX', MARK_SEC);
  await redis.publish(CHANNEL, id);
}

/** Stops what still runs of a job without marking it: a step failed, so its siblings need not go on. */
export async function abortRunningSteps(redis: Redis, id: string): Promise<void> {
  await redis.publish(CHANNEL, id);
}

/** A job that is submitted or retried after it was cancelled. */
export async function clearCancellation(redis: Redis, id: string): Promise<void> {
  await redis.del(markOf(id));
}

export async function isCancelled(redis: Redis, id: string): Promise<boolean> {
  return (await redis.exists(markOf(id))) === 1;
}

/** The ear of a worker: aborts what runs here when its job is stopped anywhere. */
export class CancellationListener {
  private readonly running = new Map<string, Set<AbortController>>();

  private constructor(
    private readonly subscriber: Redis,
    private readonly redis: Redis,
  ) {
    subscriber.on('message', (_, id: string) => this.abort(id));
    // What was published while the connection was gone is marked.
    subscriber.on('ready', () => void this.abortMarked().catch(() => undefined));
  }

  static async listen(redis: Redis): Promise<CancellationListener> {
    const subscriber = redis.duplicate();
    subscriber.on('error', () => undefined);
    const signals = new CancellationListener(subscriber, redis);
    await subscriber.subscribe(CHANNEL);
    return signals;
  }

  /** Aborts with EARSIGHT_CANCELLED; let go of it when the work has ended. */
  track(id: string): { readonly controller: AbortController; readonly letGo: () => void } {
    const controller = new AbortController();
    const followers = this.running.get(id) ?? new Set();
    this.running.set(id, followers.add(controller));
    const letGo = (): void => {
      followers.delete(controller);
      if (followers.size === 0) this.running.delete(id);
    };
    return { controller, letGo };
  }

  close(): void {
    this.subscriber.disconnect();
  }

  private abort(id: string): void {
    for (const controller of this.running.get(id) ?? []) controller.abort(new EarsightError('EARSIGHT_CANCELLED'));
  }

  private async abortMarked(): Promise<void> {
    for (const id of this.running.keys()) if (await isCancelled(this.redis, id)) this.abort(id);
  }
}

function markOf(id: string): string {
  return `${PREFIX}:stopped:${id}`;
}
