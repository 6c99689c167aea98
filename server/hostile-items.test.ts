import { Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BullmqEngine } from '../queues/bullmq/bullmq-engine.js';
import { FleetControl } from '../queues/bullmq/fleet-control.js';
import { PREFIX } from '../queues/bullmq/video-flow.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { TestServer } from './testing/test-server.js';

/** What stands in Redis may have been written by any version of the product, or by another program. */
const HOSTILE: readonly unknown[] = [
  { job: {} },
  { job: null },
  { job: { id: 7 } },
  { job: { id: ['a'] }, go: 0, round: 0 },
  { job: { id: 'x', input: 1, output: {}, run: [] }, go: 'x' },
  {},
  'text',
  7,
];

describe('a server that reads hostile items from Redis', () => {
  let redis: RedisServer;
  let server: TestServer;
  let engine: BullmqEngine;
  let queue: Queue;
  beforeAll(async () => {
    redis = await RedisServer.start();
    engine = await BullmqEngine.open({ url: redis.url });
    server = await TestServer.open({ engine, isDurable: true });
    queue = new Queue('videos', { connection: { url: redis.url }, prefix: PREFIX });
  });
  afterAll(async () => {
    await queue.close();
    await server.close();
    await redis.stop();
  });

  it('ignores and counts them, and serves on', async () => {
    const worker = new Worker(
      'videos',
      async (bull) => {
        await bull.updateProgress({ type: 'started', steps: ['look'] });
        if (bull.data !== 7) throw new Error('no');
      },
      { connection: { url: redis.url }, prefix: PREFIX },
    );
    const ended = new Promise<void>((resolve) => {
      let count = 0;
      const one = () => {
        count += 1;
        if (count === HOSTILE.length) resolve();
      };
      worker.on('failed', one).on('completed', one);
    });
    for (const data of HOSTILE) await queue.add('video', data, { attempts: 1 });
    await ended;
    await worker.close();
    await expect.poll(() => engine.ignoredItems, { timeout: 10_000 }).toBeGreaterThanOrEqual(HOSTILE.length);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect((await server.upload('short')).status).toBe(201);
    const control = new FleetControl(redis.url);
    try {
      expect((await control.videos(50)).every(({ job }) => typeof job.id === 'string')).toBe(true);
    } finally {
      await control.close();
    }
  }, 30_000);

  it('reads events again after an entry of their stream that is not JSON', async () => {
    const client = redis.connect();
    try {
      await client.xadd(`${PREFIX}:videos:events`, '*', 'event', 'progress', 'jobId', '1', 'data', 'not json');
      await client.xadd(`${PREFIX}:videos:events`, '*', 'event', 'error', 'jobId', '1');
    } finally {
      client.disconnect();
    }
    const before = engine.ignoredItems;
    await expect
      .poll(
        async () => {
          const bull = await queue.add('video', { job: {} });
          await bull.updateProgress({ type: 'started', steps: [] });
          await new Promise((resolve) => setTimeout(resolve, 300));
          return engine.ignoredItems;
        },
        { timeout: 15_000 },
      )
      .toBeGreaterThan(before);
  }, 30_000);
});
