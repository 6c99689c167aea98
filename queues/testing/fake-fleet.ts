import { setTimeout as sleep } from 'node:timers/promises';
import { toEarsightError } from '../../core/errors.js';
import { BullmqEngine } from '../bullmq/bullmq-engine.js';
import { BullmqWorker } from '../bullmq/bullmq-worker.js';
import type { Engine, EngineEvent } from '../engine.js';
import type { FakeWork } from './fake-work.js';
import { RedisServer } from './redis-server.js';

/** A Redis server of its own for a test, with the engines and workers that the test opens on it. `stop` closes them all. */
export class FakeFleet {
  private readonly open: { close(deadlineMs: number): Promise<void> }[] = [];

  private constructor(readonly server: RedisServer) {}

  static async start(): Promise<FakeFleet> {
    return new FakeFleet(await RedisServer.start());
  }

  async engine(options: { maxWaiting?: number; patienceSec?: number } = {}): Promise<BullmqEngine> {
    const started = await BullmqEngine.open({ url: this.server.url, ...options });
    this.open.push(started);
    return started;
  }

  async worker(work: FakeWork): Promise<BullmqWorker> {
    const concurrency = { media: 2, inference: 2, light: 2 };
    const options = { url: this.server.url, work, concurrency, lockSec: 30, onEvent: () => undefined };
    const started = await BullmqWorker.start(options);
    this.open.push(started);
    return started;
  }

  async stop(): Promise<void> {
    for (const one of this.open.splice(0).reverse()) await one.close(0);
    await this.server.stop();
  }
}

/** Collects every event from now on into the returned array. */
export function collect(from: Engine): EngineEvent[] {
  const events: EngineEvent[] = [];
  const stream = from.events();
  void (async () => {
    for await (const event of stream) events.push(event);
  })();
  return events;
}

/** Waits until all jobs have ended and the reader of the events has run. */
export async function drained(engine: Engine): Promise<void> {
  await engine.drain();
  await sleep(10);
}

/** How each job ended, sorted, such as `a done` and `b EARSIGHT_CANCELLED`. */
export function ends(events: readonly EngineEvent[]): string[] {
  return events
    .flatMap((event) => {
      if (event.type === 'done') return `${event.job.id} done`;
      return event.type === 'failed' ? `${event.job.id} ${toEarsightError(event.error).code}` : [];
    })
    .sort();
}
