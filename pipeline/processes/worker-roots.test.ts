import { Queue } from 'bullmq';
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RedisServer } from '../../queues/testing/redis-server.js';
import { makeEmptyPack, makeTinyVideos } from '../../tests/tiny-videos.js';
import { submit } from '../run/submit.js';
import { startWorker, type RunningWorker } from './worker.js';

let base: string;
let redis: RedisServer;
let queue: Queue;
let worker: RunningWorker;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'earsight-worker-roots-')));
  for (const name of ['in', 'results']) await mkdir(join(base, name));
  redis = await RedisServer.start();
  queue = new Queue('videos', { prefix: 'earsight', connection: { url: redis.url } });
  worker = await startWorker({
    redis: redis.url,
    queues: ['media', 'inference', 'light'],
    concurrency: 1,
    device: 'cpu',
    offline: true,
    lockSec: 30,
    roots: { inputs: [join(base, 'in')], outputs: [join(base, 'results')], stores: [] },
    onStepStart: () => () => undefined,
    onEvent: () => undefined,
  });
});
afterEach(async () => {
  await worker.close(0);
  await queue.close();
  await redis.stop();
  await rm(base, { recursive: true, force: true });
});

/** Waits until a video has ended. @returns its state, with the reason of a failure. */
async function endOf(id: string): Promise<string> {
  for (;;) {
    const job = await queue.getJob(id);
    if ((await job?.isFailed()) === true) return `failed: ${job?.failedReason.split(' ')[0]}`;
    if ((await job?.isCompleted()) === true) return 'completed';
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it('a worker works below its roots, and follows no queue item out of them', { timeout: 60_000 }, async () => {
  await makeTinyVideos(join(base, 'in'), 1);
  await makeTinyVideos(base, 1);
  const out = join(base, 'results/run');
  const packs = [await makeEmptyPack(join(base, 'pack'))];
  const { jobs } = await submit({ inputs: [join(base, 'in')], out, packs, redis: redis.url });
  const [job] = jobs;
  if (job === undefined) throw new TypeError('nothing was submitted');
  expect(await endOf(job.id)).toBe('completed');
  const attacks = {
    'input-up': { ...job, input: '../../tiny-00.mp4' },
    'input-outside': { ...job, input: join(base, 'tiny-00.mp4') },
    'output-up': { ...job, output: '../../escaped' },
    'run-outside': { ...job, run: { ...job.run, out: join(base, 'escaped') } },
    'run-up': { ...job, run: { ...job.run, out: `${out}/../../escaped` } },
    'own-store': { ...job, output: '.earsight/artefacts' },
  };
  for (const [id, attack] of Object.entries(attacks)) {
    await queue.add('video', { job: { ...attack, id }, go: 0, round: 0 }, { jobId: id });
    expect(`${id} ${await endOf(id)}`).toBe(`${id} failed: EARSIGHT_WORK_REFUSED`);
  }
  expect((await readdir(base)).sort()).toEqual(['in', 'pack', 'results', 'tiny-00.mp4']);
  expect(await readdir(join(base, 'results'))).toEqual(['run']);
});
