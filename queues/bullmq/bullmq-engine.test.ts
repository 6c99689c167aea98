import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EarsightError, toEarsightError } from '../../pipeline/errors.js';
import type { EngineEvent } from '../engine.js';
import { PRETEND_STEPS, PretendWork, forEver, pretendJob, type Deed } from '../testing/pretend-work.js';
import { RedisServer } from '../testing/redis-server.js';
import { BullmqEngine } from './bullmq-engine.js';
import { BullmqWorker } from './bullmq-worker.js';
import { retryVideo } from './video-jobs.js';

let server: RedisServer;
let open: { close(deadlineMs: number): Promise<void> }[];

beforeEach(async () => {
  server = await RedisServer.start();
  open = [];
});
afterEach(async () => {
  for (const one of open.reverse()) await one.close(0);
  await server.stop();
});

async function engine(options: { mostWaiting?: number; patienceSec?: number } = {}): Promise<BullmqEngine> {
  const started = await BullmqEngine.open({ url: server.url, ...options });
  open.push(started);
  return started;
}

async function worker(work: PretendWork, lockSec = 30): Promise<BullmqWorker> {
  const concurrency = { media: 2, inference: 2, light: 2 };
  const started = await BullmqWorker.start({ url: server.url, work, concurrency, lockSec, onEvent: () => undefined });
  open.push(started);
  return started;
}

function collect(from: BullmqEngine): EngineEvent[] {
  const events: EngineEvent[] = [];
  const stream = from.events();
  void (async () => {
    for await (const event of stream) events.push(event);
  })();
  return events;
}

/** All has ended, and the reader of the events has had a turn. */
async function drained(fleet: BullmqEngine): Promise<void> {
  await fleet.drain();
  await sleep(10);
}

function ends(events: readonly EngineEvent[]): string[] {
  return events
    .flatMap((event) => {
      if (event.type === 'done') return `${event.job.id} done`;
      return event.type === 'failed' ? `${event.job.id} ${toEarsightError(event.error).code}` : [];
    })
    .sort();
}

const failing =
  (error: () => Error): Deed =>
  async (job, step) =>
    job.id.startsWith('bad') && step.name === 'sound' ? Promise.reject(error()) : Promise.resolve();

describe('BullmqEngine', () => {
  it('takes every video through all its steps in order, each step once', async () => {
    const fleet = await engine();
    const events = collect(fleet);
    const work = new PretendWork();
    await worker(work);
    const jobs = Array.from({ length: 20 }, (_, index) => pretendJob(`v${index}`));
    for (const job of jobs) await fleet.submit(job);
    await drained(fleet);
    expect(ends(events)).toEqual(jobs.map(({ id }) => `${id} done`).sort());
    expect(work.calls.length).toBe(20 * PRETEND_STEPS.length);
    for (const { id } of jobs) {
      const order = work.calls.filter((call) => call.startsWith(`${id} `)).map((call) => call.split(' ')[1]);
      for (const { name, after } of PRETEND_STEPS)
        for (const needed of after) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(name));
    }
    const told = events.filter(({ job }) => job.id === 'v3').map(({ type }) => type);
    expect(told[0]).toBe('started');
    expect(told.filter((type) => type === 'step-done')).toHaveLength(PRETEND_STEPS.length);
  });

  it('fails a video once with the reason of its step, stops the siblings, and lets it be retried', async () => {
    const fleet = await engine();
    const events = collect(fleet);
    let broken = true;
    const damaged = () => new EarsightError('EARSIGHT_INPUT_DAMAGED', { path: 'a.mp4', reason: 'it says "so"' });
    const work = new PretendWork(async (job, step, control) => {
      if (step.name === 'encode' && broken) await forEver(job, step, control);
      if (broken) await failing(damaged)(job, step, control);
    });
    await worker(work);
    await fleet.submit(pretendJob('bad'));
    await drained(fleet);
    const failed = events.find((event) => event.type === 'failed');
    expect(failed?.type === 'failed' ? toEarsightError(failed.error).message : '').toBe(damaged().message);
    expect(work.calls.filter((call) => call === 'bad sound')).toHaveLength(1);
    expect(toEarsightError(work.finished.get('bad')).code).toBe('EARSIGHT_INPUT_DAMAGED');

    broken = false;
    const redis = server.connect();
    await retryVideo(redis, fleet.queues, 'bad');
    await vi.waitFor(() => expect(ends(events)).toContain('bad done'), 10_000);
    redis.disconnect();
    expect(work.calls.filter((call) => call === 'bad extract')).toHaveLength(1);
  });

  it('plans again what was lost meanwhile', async () => {
    const fleet = await engine();
    const events = collect(fleet);
    let lost = false;
    const work: PretendWork = new PretendWork((job, step) => {
      if (step.name === 'report' && !lost) {
        lost = true;
        work.lose(job, 'extract');
        throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: 'extract' });
      }
      return Promise.resolve();
    });
    await worker(work);
    await fleet.submit(pretendJob('v'));
    await drained(fleet);
    expect(ends(events)).toEqual(['v done']);
    expect(work.calls.filter((call) => call === 'v extract')).toHaveLength(2);
  });

  it('cancels what waits, what runs, and nothing else, within two seconds; submitted again it runs', async () => {
    const fleet = await engine();
    const events = collect(fleet);
    let slow = true;
    const work = new PretendWork(async (job, step, control) => {
      if (job.id.startsWith('slow') && step.name === 'encode' && slow) await forEver(job, step, control);
    });
    await fleet.submit(pretendJob('unbegun'));
    fleet.cancel('unbegun');
    await vi.waitFor(() => expect(ends(events)).toEqual(['unbegun EARSIGHT_CANCELLED']));
    await worker(work);
    await fleet.submit(pretendJob('slow-1'));
    await fleet.submit(pretendJob('quick'));
    await vi.waitFor(() => expect(work.calls).toContain('slow-1 encode'), 10_000);
    const startedMs = performance.now();
    fleet.cancel('slow-1');
    await vi.waitFor(() => expect(ends(events)).toContain('slow-1 EARSIGHT_CANCELLED'), 10_000);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    slow = false;
    await fleet.submit(pretendJob('slow-1'));
    await drained(fleet);
    expect(ends(events)).toEqual(
      ['unbegun EARSIGHT_CANCELLED', 'slow-1 EARSIGHT_CANCELLED', 'quick done', 'slow-1 done'].sort(),
    );
  });

  it('gives a job that is submitted twice one result', async () => {
    const [one, two] = [await engine(), await engine()];
    const [heardByOne, heardByTwo] = [collect(one), collect(two)];
    await Promise.all([one.submit(pretendJob('v')), two.submit(pretendJob('v'))]);
    const work = new PretendWork(async () => await sleep(20));
    await Promise.all([worker(work), worker(work)]);
    await Promise.all([drained(one), drained(two)]);
    expect(work.calls).toHaveLength(PRETEND_STEPS.length);
    expect([ends(heardByOne), ends(heardByTwo)]).toEqual([['v done'], ['v done']]);
  });

  it('sends callers away when too many videos wait, before Redis is full', async () => {
    const fleet = await engine({ mostWaiting: 2, patienceSec: 0.5 });
    await fleet.offer(pretendJob('a'));
    await fleet.offer(pretendJob('b'));
    await sleep(600);
    await expect(fleet.offer(pretendJob('c'))).rejects.toMatchObject({
      code: 'EARSIGHT_QUEUE_FULL',
      details: { retryAfterSec: 30 },
    });
    await expect(fleet.submit(pretendJob('c'))).rejects.toMatchObject({ code: 'EARSIGHT_QUEUE_FULL' });
  });

  it('hands jobs back when it must leave before they end', async () => {
    const fleet = await engine();
    const events = collect(fleet);
    const done = new Set<string>();
    const leaving = new PretendWork(forEver, done);
    const left = await worker(leaving);
    await fleet.submit(pretendJob('v'));
    await vi.waitFor(() => expect(leaving.calls).toEqual(['v extract']), 10_000);
    await left.close(100);
    const staying = new PretendWork(undefined, done);
    await worker(staying);
    await drained(fleet);
    expect(ends(events)).toEqual(['v done']);
    expect(leaving.finished.size).toBe(0);
  });
});

describe('a server that cannot be trusted', () => {
  it('is refused with its weakness', async () => {
    const redis = server.connect();
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const refused = {
      code: 'EARSIGHT_REDIS_UNSAFE',
      details: { reason: expect.stringContaining('allkeys-lru') as string },
    };
    await expect(BullmqEngine.open({ url: server.url })).rejects.toMatchObject(refused);
    await expect(worker(new PretendWork())).rejects.toMatchObject({ code: 'EARSIGHT_REDIS_UNSAFE' });
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'appendonly', 'no');
    await expect(BullmqEngine.open({ url: server.url })).rejects.toMatchObject({
      code: 'EARSIGHT_REDIS_UNSAFE',
      details: { reason: 'it keeps nothing on disk' },
    });
    redis.disconnect();
  });

  it('is named without its password when it does not answer', async () => {
    await expect(BullmqEngine.open({ url: 'redis://:secret@127.0.0.1:9' })).rejects.toMatchObject({
      code: 'EARSIGHT_REDIS_UNREACHABLE',
      message: expect.not.stringContaining('secret') as string,
    });
  });
});
