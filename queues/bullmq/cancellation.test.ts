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

/** Whether the engine has no unfinished jobs within the limit. */
async function drainsWithin(engine: Engine, limitMs: number): Promise<boolean> {
  return await Promise.race([drained(engine).then(() => true), sleep(limitMs, false)]);
}

describe('cancelling a video', () => {
  it('ends waiting and running videos within two seconds and no others, and they can be submitted again', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    let slow = true;
    const work = new FakeWork(async (job, step, control) => {
      if (job.id.startsWith('slow') && step.name === 'encode' && slow) await untilCancelled(job, step, control);
    });
    await engine.submit(fakeJob('waiting'));
    engine.cancel('waiting');
    await vi.waitFor(() => expect(ends(events)).toEqual(['waiting EARSIGHT_CANCELLED']), 10_000);
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
      ['waiting EARSIGHT_CANCELLED', 'slow-1 EARSIGHT_CANCELLED', 'quick done', 'slow-1 done'].sort(),
    );
  });

  it('also cancels a video that is being submitted, alone or with all others', async () => {
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

  it('rejects a submission that waits for room', async () => {
    const engine = await fleet.engine({ maxWaiting: 0 });
    const submitting = engine.submit(fakeJob('v'));
    await sleep(200);
    engine.cancel();
    await expect(submitting).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
    await engine.drain();
  });

  it('from another process removes a waiting video for good', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    await engine.submit(fakeJob('v'));
    const control = new FleetControl(fleet.server.url);
    await control.cancel('v');
    await control.close();
    expect(await drainsWithin(engine, 10_000)).toBe(true);
    expect(ends(events)).toEqual(['v EARSIGHT_CANCELLED']);
    expect(await engine.queues.videos.getJobState('v')).toBe('unknown');
  });

  it('that waits for its next attempt lets the work clean up', async () => {
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

  it('needs no worker when its workers have left', async () => {
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

  it('is repeated after Redis was unreachable', async () => {
    const engine = await fleet.engine();
    const events = collect(engine);
    await engine.submit(fakeJob('v'));
    await fleet.server.kill();
    engine.cancel();
    // The command to cancel has failed by then.
    await sleep(1_000);
    await fleet.server.restart();
    expect(await drainsWithin(engine, 15_000)).toBe(true);
    expect(ends(events)).toEqual(['v EARSIGHT_CANCELLED']);
  });
});
