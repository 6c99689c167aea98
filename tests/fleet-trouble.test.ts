import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, afterAll, beforeEach, describe, expect, it } from 'vitest';
import { run, type RunEvent, type RunResult } from '../pipeline/index.js';
import { startWorker, type RunningWorker } from '../pipeline/processes/worker.js';
import { ANY_FOLDER } from '../pipeline/work/rooted-work.js';
import { PACKAGE_FOLDER } from '../core/version.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { publishedFiles } from './published-files.js';
import { otherProcessesNaming } from './processes.js';
import { makeEmptyPack, makeTinyVideos } from './tiny-videos.js';

/** Number of videos in every test of this file. */
const COUNT = 4;

let shared: string;
let videos: string;
let packs: string[];
/** Hashes of what an undisturbed run publishes. */
let expected: Record<string, string>;

let base: string;
let server: RedisServer;
let workers: RunningWorker[];
/** The queues of all failed attempts, one entry for each attempt. */
let failed: string[];

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), 'earsight-trouble-'));
  videos = join(shared, 'in');
  await makeTinyVideos(videos, COUNT);
  packs = [await makeEmptyPack(join(shared, 'pack'))];
  await run({ inputs: [videos], out: join(shared, 'undisturbed'), packs });
  expected = await publishedFiles(join(shared, 'undisturbed'));
});
afterAll(async () => await rm(shared, { recursive: true, force: true }));

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'earsight-trouble-'));
  server = await RedisServer.start();
  workers = [];
  failed = [];
});
afterEach(async () => {
  delete process.env['EARSIGHT_FFMPEG'];
  for (const worker of workers) await worker.close(0);
  await server.stop();
  await rm(base, { recursive: true, force: true });
});

async function work(lockSec = 3): Promise<void> {
  workers.push(
    await startWorker({
      redis: server.url,
      queues: ['media', 'inference', 'light'],
      concurrency: 2,
      device: 'cpu',
      offline: true,
      lockSec,
      roots: ANY_FOLDER,
      onStepStart: () => () => undefined,
      onEvent: (event) => {
        if (event.type === 'failed') failed.push(event.queue);
      },
    }),
  );
}

interface FleetRun {
  readonly inputs?: readonly string[];
  readonly timeoutSec?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

async function runOnFleet(options: FleetRun = {}): Promise<RunResult> {
  return await run({ inputs: [videos], out: join(base, 'out'), packs, redis: server.url, ...options });
}

/** Runs on the fleet and calls `disturb` once, when the first stage has ended. */
async function runDisturbed(disturb: () => Promise<void>): Promise<RunResult> {
  const disturbances: Promise<void>[] = [];
  const result = await runOnFleet({
    onEvent: ({ type }) => {
      if (type === 'stage-done' && disturbances.length === 0) disturbances.push(disturb());
    },
  });
  expect(disturbances).toHaveLength(1);
  await Promise.all(disturbances);
  return result;
}

/** Checks that each video has one row and that all published files are those of an undisturbed run. */
async function expectUndisturbed(result: RunResult): Promise<void> {
  expect(result.rows.map(({ status }) => status)).toEqual(Array.from({ length: COUNT }, () => 'done'));
  expect(await publishedFiles(join(base, 'out'))).toEqual(expected);
}

describe('a run on a fleet gives the same results', () => {
  it('when Redis is killed and started again', async () => {
    await work();
    const result = await runDisturbed(async () => {
      await server.kill();
      await sleep(500);
      await server.restart();
    });
    await expectUndisturbed(result);
  });

  it('when Redis is stopped for three seconds (twenty in bench/kill-workers.ts)', async () => {
    await work();
    const result = await runDisturbed(async () => {
      server.signal('SIGSTOP');
      await sleep(3_000);
      server.signal('SIGCONT');
    });
    await expectUndisturbed(result);
  });

  it('when Redis is emptied: it submits the lost videos again, and the next run has nothing to do', async () => {
    await work();
    const result = await runDisturbed(async () => {
      const redis = server.connect();
      await redis.flushall();
      redis.disconnect();
    });
    await expectUndisturbed(result);
    expect((await runOnFleet()).summary.counts).toEqual({ done: 0, failed: 0, skipped: COUNT });
  });
});

describe('two runs of one video at the same time on two workers', () => {
  it('publish one result', async () => {
    await Promise.all([work(), work()]);
    const input = [join(videos, 'tiny-00.mp4')];
    const results = await Promise.all([runOnFleet({ inputs: input }), runOnFleet({ inputs: input })]);
    for (const { rows } of results) expect(rows.map(({ status }) => status)).toEqual(['done']);
    const found = await publishedFiles(join(base, 'out'));
    expect(Object.entries(found)).toEqual(Object.entries(expected).filter(([path]) => path.startsWith('tiny-00')));
  });
});

describe('a worker whose ffmpeg', () => {
  const MISBEHAVIOURS = [
    ['hangs', 'hang.sh', 'EARSIGHT_FFMPEG_TIMEOUT'],
    ['floods stderr', 'flood-stderr.sh', 'EARSIGHT_INPUT_DAMAGED'],
    ['exits 0 with short output', 'short-output.sh', 'EARSIGHT_FFMPEG_FAILED'],
    ['ignores SIGTERM', 'ignore-sigterm.sh', 'EARSIGHT_FFMPEG_TIMEOUT'],
  ] as const;

  it.each(MISBEHAVIOURS)(
    '%s fails the video with its code at the first try, and leaves no orphan',
    async (_, stub, code) => {
      process.env['EARSIGHT_FFMPEG'] = join(PACKAGE_FOLDER, 'fixtures/stubs', stub);
      await work();
      const { rows } = await runOnFleet({ inputs: [join(videos, 'tiny-00.mp4')], timeoutSec: 1 });
      expect(rows.map(({ error }) => error?.code)).toEqual([code]);
      expect(failed.filter((queue) => queue === 'media')).toHaveLength(1);
      expect(await otherProcessesNaming(videos)).toEqual([]);
      expect(await readdir(join(base, 'out/.earsight/tmp'))).toEqual([]);
    },
  );
});
