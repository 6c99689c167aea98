import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { FakeWork, untilCancelled, fakeJob } from '../testing/fake-work.js';
import { RedisServer } from '../testing/redis-server.js';
import { BullmqEngine } from './bullmq-engine.js';
import { BullmqWorker } from './bullmq-worker.js';
import { findStuckVideos } from './stuck-videos.js';
import { PREFIX } from './video-flow.js';
import { retryVideo } from './video-jobs.js';

it('findStuckVideos finds a video whose steps are gone, which can be retried', async () => {
  const server = await RedisServer.start();
  const engine = await BullmqEngine.open({ url: server.url });
  const redis = server.connect();
  let blocked = true;
  const work = new FakeWork(async (job, step, control) => {
    if (blocked) await untilCancelled(job, step, control);
  });
  const start = async (): Promise<BullmqWorker> =>
    await BullmqWorker.start({
      url: server.url,
      work,
      concurrency: { media: 1, inference: 1, light: 1 },
      lockSec: 30,
      onEvent: () => undefined,
    });
  const first = await start();
  try {
    await engine.submit(fakeJob('v'));
    await vi.waitFor(() => expect(work.calls).toEqual(['v extract']), 10_000);
    await expect(retryVideo(redis, engine.queues, 'v')).rejects.toMatchObject({ code: 'EARSIGHT_JOB_UNKNOWN' });
    await first.close(0);
    for (const key of await redis.keys(`${PREFIX}:videos:v:dependencies`)) await redis.del(key);
    expect(await findStuckVideos(engine.queues, 0)).toMatchObject([{ id: 'v', pending: 0 }]);
    blocked = false;
    const second = await start();
    await retryVideo(redis, engine.queues, 'v');
    await engine.drain();
    await second.close(0);
    expect(work.calls.at(-1)).toBe('v report');
    expect(work.finished.get('v')).toBeUndefined();
    expect(work.finished.has('v')).toBe(true);
  } finally {
    redis.disconnect();
    await engine.close();
    await server.stop();
  }
});

it('findStuckVideos finds a video that waits longer than a limit, with the number of its steps', async () => {
  const server = await RedisServer.start();
  const engine = await BullmqEngine.open({ url: server.url });
  const work = new FakeWork(untilCancelled);
  const concurrency = { media: 1, light: 1 };
  const worker = await BullmqWorker.start({
    url: server.url,
    work,
    concurrency,
    lockSec: 30,
    onEvent: () => undefined,
  });
  try {
    await engine.submit(fakeJob('v'));
    await vi.waitFor(() => expect(work.calls).toEqual(['v extract']), 10_000);
    await sleep(200);
    expect(await findStuckVideos(engine.queues)).toEqual([]);
    expect(await findStuckVideos(engine.queues, 0.1)).toMatchObject([{ id: 'v', pending: 1 }]);
  } finally {
    await worker.close(0);
    await engine.close();
    await server.stop();
  }
});
