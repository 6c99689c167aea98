import type { Redis } from 'ioredis';
import { EarsightError } from '../../core/errors.js';
import { PREFIX } from './video-flow.js';

const CHANNEL = `${PREFIX}:stop`;
/** How long a cancellation is remembered, for a cancelled job that waits in a queue before a worker takes it. */
const EXPIRY_SEC = 7 * 24 * 3600;

/** Marks a job as cancelled and notifies all workers. */
export async function requestCancellation(redis: Redis, id: string): Promise<void> {
  await redis.set(markKey(id), '1', 'EX', EXPIRY_SEC);
  await redis.publish(CHANNEL, id);
}

/** Aborts the running steps of a job without marking it as cancelled, because another step has failed. */
export async function abortRunningSteps(redis: Redis, id: string): Promise<void> {
  await redis.publish(CHANNEL, id);
}

/** Removes the mark of a job that is submitted or retried after it was cancelled. */
export async function clearCancellation(redis: Redis, id: string): Promise<void> {
  await redis.del(markKey(id));
}

export async function isCancelled(redis: Redis, id: string): Promise<boolean> {
  return (await redis.exists(markKey(id))) === 1;
}

/** Aborts the jobs that run in this worker when they are cancelled by any process. */
export class CancellationListener {
  private readonly running = new Map<string, Set<AbortController>>();

  private constructor(
    private readonly subscriber: Redis,
    private readonly redis: Redis,
  ) {
    subscriber.on('message', (_, id: string) => this.abort(id));
    // Messages published while the connection was lost are missed, so the marks are checked.
    subscriber.on('ready', () => void this.abortMarked().catch(() => undefined));
  }

  static async listen(redis: Redis): Promise<CancellationListener> {
    const subscriber = redis.duplicate();
    subscriber.on('error', () => undefined);
    const listener = new CancellationListener(subscriber, redis);
    await subscriber.subscribe(CHANNEL);
    return listener;
  }

  /** Returns a controller that is aborted with EARSIGHT_CANCELLED. Call `release` when the work has ended. */
  track(id: string): { readonly controller: AbortController; readonly release: () => void } {
    const controller = new AbortController();
    const controllers = this.running.get(id) ?? new Set();
    this.running.set(id, controllers.add(controller));
    const release = (): void => {
      controllers.delete(controller);
      if (controllers.size === 0) this.running.delete(id);
    };
    return { controller, release };
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

function markKey(id: string): string {
  return `${PREFIX}:stopped:${id}`;
}
