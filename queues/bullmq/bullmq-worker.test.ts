import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { EarsightError } from '../../core/errors.js';
import { collect, ends } from '../testing/fake-fleet.js';
import { FakeWork, fakeJob } from '../testing/fake-work.js';
import { RedisServer } from '../testing/redis-server.js';
import { BullmqEngine } from './bullmq-engine.js';
import { BullmqWorker } from './bullmq-worker.js';

/** Of its deadline, the grace after it, and a loaded machine. */
const END_LIMIT_MS = 9_000;

async function start(url: string, work: FakeWork): Promise<BullmqWorker> {
  const concurrency = { media: 1, inference: 1, light: 1 };
  return await BullmqWorker.start({ url, work, concurrency, lockSec: 30, onEvent: () => undefined });
}

async function endsInTime(worker: BullmqWorker): Promise<boolean> {
  return await Promise.race([worker.close(100).then(() => true), sleep(END_LIMIT_MS, false)]);
}

describe.concurrent('a worker that is asked to end, ends', () => {
  it('though a step does not hear its abort', async () => {
    const server = await RedisServer.start();
    const engine = await BullmqEngine.open({ url: server.url });
    const deaf = new FakeWork(async () => await sleep(600_000, undefined, { ref: false }));
    const worker = await start(server.url, deaf);
    await engine.submit(fakeJob('v'));
    await vi.waitFor(() => expect(deaf.calls).toEqual(['v extract']), 10_000);
    expect(await endsInTime(worker)).toBe(true);
    await engine.close();
    await server.stop();
  }, 30_000);

  it('though Redis is away', async () => {
    const server = await RedisServer.start();
    const worker = await start(server.url, new FakeWork());
    await server.kill();
    // Its looks at the queues now wait for an answer.
    await sleep(300);
    expect(await endsInTime(worker)).toBe(true);
    await server.stop();
  }, 30_000);
});

/** Of another version than the run. */
class UnfitWork extends FakeWork {
  planned = 0;

  override plan(): Promise<never> {
    this.planned += 1;
    return Promise.reject(new EarsightError('EARSIGHT_WORKER_DIFFERS', { reason: 'for the test' }));
  }
}

it('a worker that cannot do a run leaves its videos to those that can', async () => {
  const server = await RedisServer.start();
  const unfit = new UnfitWork();
  const workers = [await start(server.url, unfit)];
  const engine = await BullmqEngine.open({ url: server.url });
  const events = collect(engine);
  for (let index = 0; index < 8; index++) await engine.submit(fakeJob(`v${index}`));
  await vi.waitFor(() => expect(unfit.planned).toBe(1), 10_000);
  workers.push(await start(server.url, new FakeWork()));
  await vi.waitFor(() => expect(ends(events).filter((end) => end.endsWith(' done'))).toHaveLength(7), 9_000);
  expect(unfit.planned).toBe(1);
  // The eighth is cancelled while it is held, and ends in the time that is promised.
  engine.cancel();
  await vi.waitFor(() => expect(ends(events).join()).toContain('EARSIGHT_CANCELLED'), 3_000);
  for (const worker of workers) await worker.close(100);
  await engine.close();
  await server.stop();
}, 30_000);
