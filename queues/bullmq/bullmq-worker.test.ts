import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { EarsightError } from '../../core/errors.js';
import { collect, ends } from '../testing/fake-fleet.js';
import { FakeWork, fakeJob } from '../testing/fake-work.js';
import { RedisServer } from '../testing/redis-server.js';
import { BullmqEngine } from './bullmq-engine.js';
import { BullmqWorker } from './bullmq-worker.js';

/** The deadline, the grace time after it, and a margin for a loaded machine. */
const END_LIMIT_MS = 9_000;

async function start(url: string, work: FakeWork): Promise<BullmqWorker> {
  const concurrency = { media: 1, inference: 1, light: 1 };
  return await BullmqWorker.start({ url, work, concurrency, lockSec: 30, onEvent: () => undefined });
}

async function endsInTime(worker: BullmqWorker): Promise<boolean> {
  return await Promise.race([worker.close(100).then(() => true), sleep(END_LIMIT_MS, false)]);
}

describe.concurrent('BullmqWorker.close ends in time', () => {
  it('when a step ignores its abort signal', async () => {
    const server = await RedisServer.start();
    const engine = await BullmqEngine.open({ url: server.url });
    const unresponsive = new FakeWork(async () => await sleep(600_000, undefined, { ref: false }));
    const worker = await start(server.url, unresponsive);
    await engine.submit(fakeJob('v'));
    await vi.waitFor(() => expect(unresponsive.calls).toEqual(['v extract']), 10_000);
    expect(await endsInTime(worker)).toBe(true);
    await engine.close();
    await server.stop();
  }, 30_000);

  it('when Redis is unreachable', async () => {
    const server = await RedisServer.start();
    const worker = await start(server.url, new FakeWork());
    await server.kill();
    // By now the worker's checks of its queues wait for an answer.
    await sleep(300);
    expect(await endsInTime(worker)).toBe(true);
    await server.stop();
  }, 30_000);
});

/** Work of another version than the run. */
class UnfitWork extends FakeWork {
  planned = 0;

  override plan(): Promise<never> {
    this.planned += 1;
    return Promise.reject(new EarsightError('EARSIGHT_WORKER_DIFFERS', { reason: 'for the test' }));
  }
}

it('a worker of another version leaves the videos to suitable workers', async () => {
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
  // The eighth video is cancelled while the unfit worker holds it, and must end within the promised time.
  engine.cancel();
  await vi.waitFor(() => expect(ends(events).join()).toContain('EARSIGHT_CANCELLED'), 3_000);
  for (const worker of workers) await worker.close(100);
  await engine.close();
  await server.stop();
}, 30_000);
