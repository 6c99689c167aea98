import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { PretendWork, forEver, pretendJob } from '../testing/pretend-work.js';
import { RedisServer } from '../testing/redis-server.js';
import { BullmqEngine } from './bullmq-engine.js';
import { BullmqWorker } from './bullmq-worker.js';
import { findLongWaits } from './long-waits.js';

it('names a video that waits for its steps for longer than a limit, and how many it waits for', async () => {
  const server = await RedisServer.start();
  const engine = await BullmqEngine.open({ url: server.url });
  const work = new PretendWork(forEver);
  const concurrency = { media: 1, light: 1 };
  const worker = await BullmqWorker.start({
    url: server.url,
    work,
    concurrency,
    lockSec: 30,
    onEvent: () => undefined,
  });
  try {
    await engine.submit(pretendJob('v'));
    await vi.waitFor(() => expect(work.calls).toEqual(['v extract']), 10_000);
    await sleep(200);
    expect(await findLongWaits(engine.queues)).toEqual([]);
    expect(await findLongWaits(engine.queues, 0.1)).toMatchObject([{ id: 'v', pending: 1 }]);
  } finally {
    await worker.close(0);
    await engine.close();
    await server.stop();
  }
});
