import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toEarsightError } from '../../core/errors.js';
import type { EngineEvent } from '../engine.js';
import { FAKE_STEPS, FakeWork, fakeJob } from '../testing/fake-work.js';
import { RedisServer } from '../testing/redis-server.js';
import { BullmqEngine } from './bullmq-engine.js';
import { BullmqWorker } from './bullmq-worker.js';

const VIDEOS = 10;

let server: RedisServer;
let redis: Redis;

beforeEach(async () => {
  server = await RedisServer.start();
  redis = server.connect();
});
afterEach(async () => {
  redis.disconnect();
  await server.stop();
});

async function drainAll(work: FakeWork): Promise<EngineEvent[]> {
  const engine = await BullmqEngine.open({ url: server.url, patienceSec: 1 });
  const concurrency = { media: 2, inference: 2, light: 2 };
  const worker = await BullmqWorker.start({ url: server.url, work, concurrency, lockSec: 2, onEvent: () => undefined });
  const events: EngineEvent[] = [];
  const stream = engine.events();
  const reading = (async () => {
    for await (const event of stream) events.push(event);
  })();
  try {
    for (let index = 0; index < VIDEOS; index++) await engine.submit(fakeJob(`v${index}`));
    await engine.drain();
  } finally {
    await worker.close(0);
    await engine.close();
    await reading;
  }
  return events;
}

describe('Redis without memory left', () => {
  it('ends a run with an error code, and the next run completes the work', async () => {
    let steps = 0;
    const work = new FakeWork(async () => {
      if (++steps === 10) await redis.config('SET', 'maxmemory', '1');
    });
    const refused: unknown = await drainAll(work).catch((error: unknown) => error);
    expect(toEarsightError(refused).code).toBe('EARSIGHT_QUEUE_FULL');
    await redis.config('SET', 'maxmemory', '0');
    const events = await drainAll(work);
    const done = new Set(events.filter(({ type }) => type === 'done').map(({ job }) => job.id));
    // Videos that ended in the first run are submitted again and found done.
    expect(done.size).toBe(VIDEOS);
    expect(new Set(work.calls).size).toBe(VIDEOS * FAKE_STEPS.length);
  });

  it('refuses a video before it is full', async () => {
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory', String(Math.round(used * 1.1)));
    const engine = await BullmqEngine.open({ url: server.url });
    const refused = { code: 'EARSIGHT_QUEUE_FULL', details: { retryAfterSec: 30 } };
    await expect(engine.offer(fakeJob('v'))).rejects.toMatchObject(refused);
    await engine.close();
  });
});
