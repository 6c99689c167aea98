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

/** Refuses every job while `full` is set. */
class FullEngine extends InlineEngine {
  full = true;

  override async offer(job: Job): Promise<void> {
    if (this.full) throw new EarsightError('EARSIGHT_QUEUE_FULL', { reason: 'for the test', retryAfterSec: 1 });
    await super.offer(job);
  }
}

/** Does not answer an offered job until that job is cancelled. */
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

class UnwritableOutput extends TimedWork {
  override finish({ run, output }: Job): Promise<void> {
    const details = { path: join(run.out, output), reason: 'read-only' };
    return Promise.reject(new EarsightError('EARSIGHT_OUTPUT_UNWRITABLE', details));
  }
}

let data: DataFolder;
let service: EngineJobService | null = null;
let ends: string[] = [];

beforeEach(async () => (data = await DataFolder.open(await mkdtemp(join(tmpdir(), 'earsight-service-')))));
afterEach(async () => {
  await service?.close();
  service = null;
  ends = [];
  await rm(data.root, { recursive: true, force: true });
});

async function openService<Kind extends InlineEngine>(
  engine: Kind,
): Promise<{ service: EngineJobService; engine: Kind }> {
  service = new EngineJobService({
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
  return { service, engine };
}

async function submit(words: string): Promise<JobRecord> {
  const id = newJobId();
  const input = await data.newInput(id, 'clip.mp4');
  await writeFile(input, words);
  const source = { kind: 'upload' } as const;
  const named = { id, input, staged: true, source, name: 'clip.mp4' };
  const given = { ...named, owner: 'me', idempotency: null, webhook: null, quota: 10 };
  const submitted = await service?.submit(given);
  if (submitted === undefined) throw new TypeError('no service');
  return submitted.job;
}

async function settled(id: string): Promise<JobRecord | undefined> {
  return await service?.settled(id, TIME.timeout, new AbortController().signal);
}

describe('checkHealth reports no problem', () => {
  it('when a job is purged before its final record is on disk', async () => {
    const { service } = await openService(new InlineEngine(new TimedWork()));
    const { id } = await submit('short');
    expect((await settled(id))?.state).toBe('done');
    await service.remove(id);
    await service.close();
    expect(await service.checkHealth()).toBeNull();
    expect(ends).toEqual([]);
  });

  it('when a job that the engine refused is cancelled', async () => {
    const { service } = await openService(new FullEngine(new TimedWork()));
    const { id } = await submit('short');
    await expect.poll(async () => await service.checkHealth(), TIME).toContain('the queue takes no more');
    expect((await service.cancel(id)).state).toBe('cancelled');
    expect(await service.checkHealth()).toBeNull();
  });

  it('when a job is cancelled while the engine accepts it', async () => {
    const { service, engine } = await openService(new SlowEngine(new TimedWork()));
    const { id } = await submit('short');
    await expect.poll(() => engine.offered, TIME).toBe(true);
    expect((await service.cancel(id)).state).toBe('cancelled');
    expect(await service.checkHealth()).toBeNull();
  });
});

it('keeps a failed job unchanged when its retry cannot be written, and retries it later', async () => {
  const { service } = await openService(new InlineEngine(new TimedWork()));
  const { id } = await submit('fail');
  const failed = await settled(id);
  const lastEvent = [...service.eventsSoFar(id)].at(-1);
  await rename(data.jobs, `${data.jobs}-away`);
  await expect(service.retry(id, 10)).rejects.toMatchObject({ code: expect.stringMatching(/^EARSIGHT_/) as string });
  await rename(`${data.jobs}-away`, data.jobs);
  expect(service.find(id)).toEqual(failed);
  expect([...service.eventsSoFar(id)]).toEqual([lastEvent]);
  expect(await settled(id)).toEqual(failed);
  expect((await service.retry(id, 10)).attempt).toBe(2);
  expect((await settled(id))?.state).toBe('failed');
});

it('removes paths of the server from failure messages', async () => {
  await openService(new InlineEngine(new UnwritableOutput()));
  const { id } = await submit('short');
  const { error } = (await settled(id)) ?? {};
  expect(error?.message).toContain('results');
  expect(error?.message).not.toContain(data.root);
});

it('writes the final record of a job once the disk accepts writes again', async () => {
  const { service } = await openService(new InlineEngine(new TimedWork()));
  const { id, input } = await submit('wait');
  await rename(data.jobs, `${data.jobs}-away`);
  expect((await service.cancel(id)).state).toBe('cancelled');
  expect(await service.checkHealth()).toBe('the book of jobs cannot be written');
  expect(ends).toEqual([]);
  await rename(`${data.jobs}-away`, data.jobs);
  expect(await Promise.all([service.checkHealth(), service.checkHealth()])).toEqual([null, null]);
  expect(ends).toEqual([id]);
  expect((await JobRegistry.open(data.jobs)).find(id)).toMatchObject({ state: 'cancelled', input });
});

it('answers a waiting caller in time even after a garbage collection', async () => {
  const { service } = await openService(new InlineEngine(new TimedWork()));
  const { id } = await submit('wait');
  const waiting = service.settled(id, 300, new AbortController().signal);
  await sleep(50);
  collectGarbage();
  expect(await Promise.race([waiting, sleep(5_000)])).toMatchObject({ id });
});
