import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { toEarsightError } from '../../core/errors.js';
import type { EngineEvent, Job, Step, StepControl, Work } from '../engine.js';
import { warningOf } from '../../core/warnings.js';
import { InlineEngine } from './inline-engine.js';

function job(id: string): Job {
  return { id, input: `/in/${id}`, output: id, run: { out: '/out', settings: '' } };
}

/** Work with two steps; the second step of a job named `slow…` runs until it is cancelled. */
class TwoSteps implements Work {
  readonly finished = new Map<string, unknown>();

  plan(): Promise<readonly Step[]> {
    return Promise.resolve([
      { name: 'first', resource: 'media', after: [] },
      { name: 'second', resource: 'light', after: ['first'] },
    ]);
  }

  async execute({ id }: Job, step: Step, control: StepControl): Promise<void> {
    if (step.name === 'first') control.warn(warningOf('EARSIGHT_WARN_HDR', { curve: 'odd' }));
    else if (id.startsWith('slow')) await sleep(60_000, undefined, { signal: control.signal });
  }

  finish({ id }: Job, error: unknown): Promise<void> {
    this.finished.set(id, error);
    return Promise.resolve();
  }
}

const POLL = { timeout: 10_000, interval: 10 };
const CONCURRENCY = { media: 2, inference: 1, light: 4, videos: 4 };

/** Collects events until the engine is closed. */
function collect(engine: InlineEngine): { events: EngineEvent[]; all: Promise<void> } {
  const events: EngineEvent[] = [];
  const stream = engine.events();
  const all = (async () => {
    for await (const event of stream) events.push(event);
  })();
  return { events, all };
}

describe('InlineEngine', () => {
  it('cancels only the named job', async () => {
    const work = new TwoSteps();
    const engine = new InlineEngine(work, CONCURRENCY);
    const { events, all } = collect(engine);
    await engine.submit(job('slow'));
    await engine.submit(job('quick'));
    await sleep(50);
    engine.cancel('nobody');
    engine.cancel('slow');
    await engine.drain();
    await engine.close();
    await all;
    const ends = events.filter(({ type }) => type === 'done' || type === 'failed');
    expect(ends.map((event) => `${event.type} ${event.job.id}`).sort()).toEqual(['done quick', 'failed slow']);
    expect(toEarsightError(work.finished.get('slow')).code).toBe('EARSIGHT_CANCELLED');
    expect(events.filter((event) => event.type === 'warning').map(({ job: { id } }) => id)).toEqual(['slow', 'quick']);
  });

  it('cancels a waiting job, and every later job after all were cancelled', async () => {
    const engine = new InlineEngine(new TwoSteps(), { ...CONCURRENCY, videos: 1 });
    const { events, all } = collect(engine);
    await engine.submit(job('slow-1'));
    await engine.submit(job('waiting'));
    engine.cancel('waiting');
    await expect
      .poll(() => events.filter(({ type }) => type === 'failed').map((event) => event.job.id), POLL)
      .toEqual(['waiting']);
    engine.cancel();
    await engine.submit(job('late'));
    await engine.drain();
    await engine.close();
    await all;
    const failed = events.flatMap((event) =>
      event.type === 'failed' ? `${event.job.id} ${toEarsightError(event.error).code}` : [],
    );
    expect(failed.sort()).toEqual(['late', 'slow-1', 'waiting'].map((id) => `${id} EARSIGHT_CANCELLED`));
    expect(events.filter(({ type }) => type === 'started')).toHaveLength(1);
  });

  it('cancels a step that waits in its queue at once', async () => {
    const engine = new InlineEngine(new TwoSteps(), { ...CONCURRENCY, light: 1 });
    const { events, all } = collect(engine);
    const ends = () => events.filter(({ type }) => type === 'failed').map((event) => event.job.id);
    await engine.submit(job('slow-1'));
    await expect.poll(() => events.filter(({ type }) => type === 'progress'), POLL).toHaveLength(2);
    await engine.submit(job('slow-2'));
    await expect.poll(() => events.filter(({ type }) => type === 'step-done'), POLL).toHaveLength(2);
    engine.cancel('slow-2');
    await expect.poll(ends, POLL).toEqual(['slow-2']);
    engine.cancel('slow-1');
    await engine.close();
    await all;
    expect(ends()).toEqual(['slow-2', 'slow-1']);
  });

  it('accepts an unfinished job only once, and refuses jobs when its queue is full', async () => {
    const engine = new InlineEngine(new TwoSteps(), { ...CONCURRENCY, videos: 1 });
    const { events, all } = collect(engine);
    for (let offered = 0; offered < 2; offered++) await engine.offer(job('slow'));
    for (let index = 0; index < 1_000; index++) await engine.offer(job(`slow-${index}`));
    await expect(engine.offer(job('one-more'))).rejects.toMatchObject({ code: 'EARSIGHT_QUEUE_FULL' });
    engine.cancel();
    await engine.close();
    await all;
    expect(events.filter(({ type }) => type === 'failed')).toHaveLength(1_001);
  });
});
