import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { Engine } from '../engine.js';
import { FakeFleet, collect, drained, ends } from '../testing/fake-fleet.js';
import { FakeWork, untilCancelled, fakeJob } from '../testing/fake-work.js';
import { FleetControl } from './fleet-control.js';

let fleet: FakeFleet;

beforeEach(async () => {
  fleet = await FakeFleet.start();
});
afterEach(async () => await fleet.stop());

/** The last words of an engine: it waits for nothing any more. */
async function drainsWithin(engine: Engine, limitMs: number): Promise<boolean> {
  return await Promise.race([drained(engine).then(() => true), sleep(limitMs, false)]);
}

describe('cancelling', () => {
  it('cancels what waits, what runs, and nothing else, within two seconds; submitted again it runs', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    let slow = true;
    const work = new FakeWork(async (job, step, control) => {
      if (job.id.startsWith('slow') && step.name === 'encode' && slow) await untilCancelled(job, step, control);
    });
    await engine.submit(fakeJob('unbegun'));
    engine.cancel('unbegun');
    await vi.waitFor(() => expect(ends(events)).toEqual(['unbegun EARSIGHT_CANCELLED']), 10_000);
    await fleet.worker(work);
    await engine.submit(fakeJob('slow-1'));
    await engine.submit(fakeJob('quick'));
    await vi.waitFor(() => expect(work.calls).toContain('slow-1 encode'), 10_000);
    const startedMs = performance.now();
    engine.cancel('slow-1');
    await vi.waitFor(() => expect(ends(events)).toContain('slow-1 EARSIGHT_CANCELLED'), 10_000);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    slow = false;
    await engine.submit(fakeJob('slow-1'));
    await drained(engine);
    expect(ends(events)).toEqual(
      ['unbegun EARSIGHT_CANCELLED', 'slow-1 EARSIGHT_CANCELLED', 'quick done', 'slow-1 done'].sort(),
    );
  });

  it('reaches the video that is being handed in, alone or with all', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    const alone = engine.offer(fakeJob('alone'));
    engine.cancel('alone');
    await alone;
    const last = engine.submit(fakeJob('last'));
    engine.cancel();
    await last;
    expect(await drainsWithin(engine, 5_000)).toBe(true);
    expect(ends(events)).toEqual(['alone EARSIGHT_CANCELLED', 'last EARSIGHT_CANCELLED']);
    expect(await engine.queues.videos.getJobCounts('wait')).toEqual({ wait: 0 });
  });

  it('ends the waiting for room: a video that was not taken is not said to be', async () => {
    const engine = await fleet.engine({ mostWaiting: 0 });
    const submitting = engine.submit(fakeJob('v'));
    await sleep(200);
    engine.cancel();
    await expect(submitting).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
    await engine.drain();
  });

  it('by somebody else takes a waiting video out for good', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    await engine.submit(fakeJob('v'));
    const desk = new FleetControl(fleet.server.url);
    await desk.cancel('v');
    await desk.close();
    expect(await drainsWithin(engine, 10_000)).toBe(true);
    expect(ends(events)).toEqual(['v EARSIGHT_CANCELLED']);
    expect(await engine.queues.videos.getJobState('v')).toBe('unknown');
  });

  it('of a video that waits for its next try lets its work clean up', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    const work = new (class extends FakeWork {
      override plan(): Promise<never> {
        return Promise.reject(new EarsightError('EARSIGHT_STORE_UNREACHABLE', { store: 'x', reason: 'so' }));
      }
    })();
    await fleet.worker(work);
    await engine.submit(fakeJob('v'));
    await vi.waitFor(async () => expect(await engine.queues.videos.getJobState('v')).toBe('delayed'), 10_000);
    engine.cancel('v');
    expect(await drainsWithin(engine, 4_000)).toBe(true);
    expect(ends(events)).toEqual(['v EARSIGHT_CANCELLED']);
    expect(toEarsightError(work.finished.get('v')).code).toBe('EARSIGHT_CANCELLED');
  });

  it('of a video whose workers have left needs none of them', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    const work = new FakeWork(untilCancelled);
    const worker = await fleet.worker(work);
    await engine.submit(fakeJob('v'));
    await vi.waitFor(() => expect(work.calls).toEqual(['v extract']), 10_000);
    await worker.close(0);
    engine.cancel('v');
    expect(await drainsWithin(engine, 5_000)).toBe(true);
    expect(ends(events)).toEqual(['v EARSIGHT_CANCELLED']);
    expect(await engine.queues.media.getJobCounts('wait')).toEqual({ wait: 0 });
  });

  it('is not forgotten because Redis was away', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    await engine.submit(fakeJob('v'));
    await fleet.server.kill();
    engine.cancel();
    // A call fails before this.
    await sleep(1_000);
    await fleet.server.restart();
    expect(await drainsWithin(engine, 15_000)).toBe(true);
    expect(ends(events)).toEqual(['v EARSIGHT_CANCELLED']);
  });
});
