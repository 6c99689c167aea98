import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { FakeFleet, collect, drained, ends } from '../testing/fake-fleet.js';
import { FAKE_STEPS, FakeWork, untilCancelled, fakeJob, type FakeStep } from '../testing/fake-work.js';
import { BullmqEngine } from './bullmq-engine.js';
import { retryVideo } from './video-jobs.js';

let fleet: FakeFleet;

beforeEach(async () => {
  fleet = await FakeFleet.start();
});
afterEach(async () => await fleet.stop());

const failing =
  (error: () => Error): FakeStep =>
  async (job, step) =>
    job.id.startsWith('bad') && step.name === 'sound' ? Promise.reject(error()) : Promise.resolve();

describe('BullmqEngine', () => {
  it('runs all steps of every video in order, each step once', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    const work = new FakeWork();
    await fleet.worker(work);
    const jobs = Array.from({ length: 20 }, (_, index) => fakeJob(`v${index}`));
    for (const job of jobs) await engine.submit(job);
    await drained(engine);
    expect(ends(events)).toEqual(jobs.map(({ id }) => `${id} done`).sort());
    expect(work.calls.length).toBe(20 * FAKE_STEPS.length);
    for (const { id } of jobs) {
      const order = work.calls.filter((call) => call.startsWith(`${id} `)).map((call) => call.split(' ')[1]);
      for (const { name, after } of FAKE_STEPS)
        for (const needed of after) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(name));
    }
    const reported = events.filter(({ job }) => job.id === 'v3').map(({ type }) => type);
    expect(reported[0]).toBe('started');
    expect(reported.filter((type) => type === 'step-done')).toHaveLength(FAKE_STEPS.length);
  });

  it('fails a video once with the reason of its step, aborts the other steps, and allows a retry', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    let broken = true;
    const damaged = () => new EarsightError('EARSIGHT_INPUT_DAMAGED', { path: 'a.mp4', reason: 'it says "so"' });
    const work = new FakeWork(async (job, step, control) => {
      if (step.name === 'encode' && broken) await untilCancelled(job, step, control);
      if (broken) await failing(damaged)(job, step, control);
    });
    await fleet.worker(work);
    await engine.submit(fakeJob('bad'));
    await drained(engine);
    const failed = events.find((event) => event.type === 'failed');
    expect(failed?.type === 'failed' ? toEarsightError(failed.error).message : '').toBe(damaged().message);
    expect(work.calls.filter((call) => call === 'bad sound')).toHaveLength(1);
    expect(toEarsightError(work.finished.get('bad')).code).toBe('EARSIGHT_INPUT_DAMAGED');

    broken = false;
    const redis = fleet.server.connect();
    await retryVideo(redis, engine.queues, 'bad');
    await vi.waitFor(() => expect(ends(events)).toContain('bad done'), 10_000);
    redis.disconnect();
    expect(work.calls.filter((call) => call === 'bad extract')).toHaveLength(1);
  });

  it('fails a video at once when a step has used all its attempts', async () => {
    const engine = await fleet.engine();
    const { videos, inference } = engine.queues;
    const away = () => new EarsightError('EARSIGHT_STORE_UNREACHABLE', { store: 'x', reason: 'so' });
    const work = new FakeWork(failing(away));
    await fleet.worker(work);
    await engine.submit(fakeJob('bad'));
    const stateOf = async (): Promise<string> => {
      for (const step of await inference.getDelayed()) await step.promote();
      return await videos.getJobState('bad');
    };
    await vi.waitFor(async () => expect(['failed', 'delayed']).toContain(await stateOf()), 20_000);
    expect(await stateOf()).toBe('failed');
    expect(work.calls.filter((call) => call === 'bad sound')).toHaveLength(5);
    expect(toEarsightError(work.finished.get('bad')).code).toBe('EARSIGHT_STORE_UNREACHABLE');
  });

  it('plans a step again when its artefact was lost', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    let lost = false;
    const work: FakeWork = new FakeWork((job, step) => {
      if (step.name === 'report' && !lost) {
        lost = true;
        work.lose(job, 'extract');
        throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: 'extract' });
      }
      return Promise.resolve();
    });
    await fleet.worker(work);
    await engine.submit(fakeJob('v'));
    await drained(engine);
    expect(ends(events)).toEqual(['v done']);
    expect(work.calls.filter((call) => call === 'v extract')).toHaveLength(2);
  });

  it('processes a job that is submitted twice only once', async () => {
    const [one, two] = [await fleet.engine(), await fleet.engine()];
    const [eventsOfOne, eventsOfTwo] = [collect(one), collect(two)];
    await Promise.all([one.submit(fakeJob('v')), two.submit(fakeJob('v'))]);
    const work = new FakeWork(async () => await sleep(20));
    await Promise.all([fleet.worker(work), fleet.worker(work)]);
    await Promise.all([drained(one), drained(two)]);
    expect(work.calls).toHaveLength(FAKE_STEPS.length);
    expect([ends(eventsOfOne), ends(eventsOfTwo)]).toEqual([['v done'], ['v done']]);
  });

  it('refuses videos when too many wait, before Redis is full', async () => {
    const engine = await fleet.engine({ maxWaiting: 2, patienceSec: 0.5 });
    await engine.offer(fakeJob('a'));
    await engine.offer(fakeJob('b'));
    await sleep(600);
    await expect(engine.offer(fakeJob('c'))).rejects.toMatchObject({
      code: 'EARSIGHT_QUEUE_FULL',
      details: { retryAfterSec: 30 },
    });
    await expect(engine.submit(fakeJob('c'))).rejects.toMatchObject({ code: 'EARSIGHT_QUEUE_FULL' });
  });

  it('returns jobs to their queue when a worker closes before they end', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    const done = new Set<string>();
    const leaving = new FakeWork(untilCancelled, done);
    const left = await fleet.worker(leaving);
    await engine.submit(fakeJob('v'));
    await vi.waitFor(() => expect(leaving.calls).toEqual(['v extract']), 10_000);
    await left.close(100);
    const staying = new FakeWork(undefined, done);
    await fleet.worker(staying);
    await drained(engine);
    expect(ends(events)).toEqual(['v done']);
    expect(leaving.finished.size).toBe(0);
  });
});

describe('an unsafe Redis server', () => {
  it('is refused with the reason', async () => {
    const redis = fleet.server.connect();
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const refused = {
      code: 'EARSIGHT_REDIS_UNSAFE',
      details: { reason: expect.stringContaining('allkeys-lru') as string },
    };
    await expect(BullmqEngine.open({ url: fleet.server.url })).rejects.toMatchObject(refused);
    await expect(fleet.worker(new FakeWork())).rejects.toMatchObject({ code: 'EARSIGHT_REDIS_UNSAFE' });
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'appendonly', 'no');
    await expect(BullmqEngine.open({ url: fleet.server.url })).rejects.toMatchObject({
      code: 'EARSIGHT_REDIS_UNSAFE',
      details: { reason: 'it keeps nothing on disk' },
    });
    redis.disconnect();
  });

  it('is named without its password when it cannot be reached', async () => {
    await expect(BullmqEngine.open({ url: 'redis://:secret@127.0.0.1:9' })).rejects.toMatchObject({
      code: 'EARSIGHT_REDIS_UNREACHABLE',
      message: expect.not.stringContaining('secret') as string,
    });
  });
});
