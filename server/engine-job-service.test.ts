import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EarsightError } from '../core/errors.js';
import type { Job } from '../queues/engine.js';
import { InlineEngine } from '../queues/inline/inline-engine.js';
import { DataFolder } from './data-folder.js';
import { EngineJobService } from './engine-job-service.js';
import { newJobId } from './job-id.js';
import type { JobRecord } from './job-record.js';
import { JobRegistry } from './job-registry.js';
import { collectGarbage } from './testing/collect-garbage.js';
import { TimedWork } from './testing/timed-work.js';

const TIME = { timeout: 10_000, interval: 10 };

/** Sends every job away until it is well again. */
class FullEngine extends InlineEngine {
  full = true;

  override async offer(job: Job): Promise<void> {
    if (this.full) throw new EarsightError('EARSIGHT_QUEUE_FULL', { reason: 'for the test', retryAfterSec: 1 });
    await super.offer(job);
  }
}

/** Takes a job for so long that it is cancelled meanwhile. */
class SlowEngine extends InlineEngine {
  offered = false;
  private refuse: (error: EarsightError) => void = () => undefined;

  override async offer(): Promise<void> {
    this.offered = true;
    await new Promise<void>((_, reject) => (this.refuse = reject));
  }

  override cancel(id?: string): void {
    this.refuse(new EarsightError('EARSIGHT_CANCELLED'));
    super.cancel(id);
  }
}

class NowhereToWrite extends TimedWork {
  override finish({ run, output }: Job): Promise<void> {
    const details = { path: join(run.out, output), reason: 'read-only' };
    return Promise.reject(new EarsightError('EARSIGHT_OUTPUT_UNWRITABLE', details));
  }
}

let data: DataFolder;
let desk: EngineJobService | null = null;
let ends: string[] = [];

beforeEach(async () => (data = await DataFolder.open(await mkdtemp(join(tmpdir(), 'earsight-desk-')))));
afterEach(async () => {
  await desk?.close();
  desk = null;
  ends = [];
  await rm(data.root, { recursive: true, force: true });
});

async function openDesk<Kind extends InlineEngine>(engine: Kind): Promise<{ desk: EngineJobService; engine: Kind }> {
  desk = new EngineJobService({
    engine,
    isDurable: false,
    registry: await JobRegistry.open(data.jobs),
    root: data.root,
    jobOf: ({ input, id: output }, id) => ({ id, input, output, run: { out: data.results, settings: '' } }),
    files: {
      fetch: () => Promise.resolve(),
      published: () => Promise.resolve({ durationSec: null, files: [] }),
      dropInput: async ({ input }) => await data.dropInput(input),
      dropResults: async ({ id }) => await data.dropResults(id),
    },
    maxUnfinished: 10,
    onSettled: (record) => ends.push(record.id),
  });
  return { desk, engine };
}

async function submit(words: string): Promise<JobRecord> {
  const id = newJobId();
  const input = await data.newInput(id, 'clip.mp4');
  await writeFile(input, words);
  const source = { kind: 'upload' } as const;
  const named = { id, input, staged: true, source, name: 'clip.mp4' };
  const given = { ...named, owner: 'me', idempotency: null, webhook: null, quota: 10 };
  const submitted = await desk?.submit(given);
  if (submitted === undefined) throw new TypeError('no desk');
  return submitted.job;
}

async function settled(id: string): Promise<JobRecord | undefined> {
  return await desk?.settled(id, TIME.timeout, new AbortController().signal);
}

describe('a desk is in no trouble', () => {
  it('when a job is purged before the last word of it is on disk', async () => {
    const { desk } = await openDesk(new InlineEngine(new TimedWork()));
    const { id } = await submit('short');
    expect((await settled(id))?.state).toBe('done');
    await desk.remove(id);
    await desk.close();
    expect(await desk.checkHealth()).toBeNull();
    expect(ends).toEqual([]);
  });

  it('when the job is cancelled that its engine did not take', async () => {
    const { desk } = await openDesk(new FullEngine(new TimedWork()));
    const { id } = await submit('short');
    await expect.poll(async () => await desk.checkHealth(), TIME).toContain('the queue takes no more');
    expect((await desk.cancel(id)).state).toBe('cancelled');
    expect(await desk.checkHealth()).toBeNull();
  });

  it('when a job is cancelled while its engine takes it', async () => {
    const { desk, engine } = await openDesk(new SlowEngine(new TimedWork()));
    const { id } = await submit('short');
    await expect.poll(() => engine.offered, TIME).toBe(true);
    expect((await desk.cancel(id)).state).toBe('cancelled');
    expect(await desk.checkHealth()).toBeNull();
  });
});

it('a job whose other try cannot be written is what it was, and may be tried again', async () => {
  const { desk } = await openDesk(new InlineEngine(new TimedWork()));
  const { id } = await submit('fail');
  const failed = await settled(id);
  const told = [...desk.eventsSoFar(id)].at(-1);
  await rename(data.jobs, `${data.jobs}-away`);
  await expect(desk.retry(id)).rejects.toMatchObject({ code: expect.stringMatching(/^EARSIGHT_/) as string });
  await rename(`${data.jobs}-away`, data.jobs);
  expect(desk.find(id)).toEqual(failed);
  expect([...desk.eventsSoFar(id)]).toEqual([told]);
  expect(await settled(id)).toEqual(failed);
  expect((await desk.retry(id)).attempt).toBe(2);
  expect((await settled(id))?.state).toBe('failed');
});

it('a failure names no place of the server', async () => {
  await openDesk(new InlineEngine(new NowhereToWrite()));
  const { id } = await submit('short');
  const { error } = (await settled(id)) ?? {};
  expect(error?.message).toContain('results');
  expect(error?.message).not.toContain(data.root);
});

it('the end of a job that the disk did not take is written when it takes something again', async () => {
  const { desk } = await openDesk(new InlineEngine(new TimedWork()));
  const { id, input } = await submit('wait');
  await rename(data.jobs, `${data.jobs}-away`);
  expect((await desk.cancel(id)).state).toBe('cancelled');
  expect(await desk.checkHealth()).toBe('the book of jobs cannot be written');
  expect(ends).toEqual([]);
  await rename(`${data.jobs}-away`, data.jobs);
  expect(await Promise.all([desk.checkHealth(), desk.checkHealth()])).toEqual([null, null]);
  expect(ends).toEqual([id]);
  expect((await JobRegistry.open(data.jobs)).find(id)).toMatchObject({ state: 'cancelled', input });
});

it('whoever waits for a job is answered in time, whatever else the server does', async () => {
  const { desk } = await openDesk(new InlineEngine(new TimedWork()));
  const { id } = await submit('wait');
  const waiting = desk.settled(id, 300, new AbortController().signal);
  await sleep(50);
  collectGarbage();
  expect(await Promise.race([waiting, sleep(5_000)])).toMatchObject({ id });
});
