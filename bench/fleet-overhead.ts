// npx tsx bench/fleet-overhead.ts [overhead|memory|scaling|cores|real FOLDER]…
// The overhead of the fleet, compared with bare BullMQ in the same run on the same kind of Redis server.
import { Queue, QueueEvents, Worker } from 'bullmq';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, type RunEvent } from '../pipeline/index.js';
import { BullmqEngine } from '../queues/bullmq/bullmq-engine.js';
import { BullmqWorker } from '../queues/bullmq/bullmq-worker.js';
import { FAKE_STEPS, FakeWork, fakeJob, type FakeStep } from '../queues/testing/fake-work.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { FleetControl } from '../queues/bullmq/fleet-control.js';
import { makeEmptyPack, makeTinyVideos } from '../tests/tiny-videos.js';
import { WorkerFleet } from '../tests/worker-fleet.js';

const chosen = process.argv.slice(2);
const isChosen = (name: string): boolean => chosen.length === 0 || chosen[0] === name;

if (isChosen('overhead')) await overhead(200);
if (isChosen('memory')) await memory(10_000);
if (isChosen('scaling')) await scaling(24);
if (isChosen('cores')) await cores(24);
if (chosen[0] === 'real' && chosen[1] !== undefined) await real(chosen[1]);

/** Queue overhead per stage job in milliseconds, with stages that do nothing: one job at a time, then eight at once. */
async function overhead(videos: number): Promise<void> {
  for (const concurrency of [1, 8]) {
    const bareMs = await bareJobs(videos * FAKE_STEPS.length, concurrency);
    const fleetMs = await fleetVideos(videos, { workers: 1, concurrency });
    const each = fleetMs / (videos * FAKE_STEPS.length);
    console.log(
      `overhead, concurrency ${concurrency}: bare BullMQ ${(bareMs / (videos * FAKE_STEPS.length)).toFixed(2)} ms a job, ` +
        `fleet ${each.toFixed(2)} ms a stage job (planning, waiting and finishing of its video counted)`,
    );
  }
}

async function memory(videos: number): Promise<void> {
  await withRedis(async (server) => {
    const redis = server.connect();
    const used = async (): Promise<number> => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    const engine = await BullmqEngine.open({ url: server.url, maxWaiting: videos + 1 });
    const before = await used();
    const started = performance.now();
    for (let index = 0; index < videos; index++) {
      const job = fakeJob(`${index.toString(16).padStart(31, '0')}x`);
      const path = `archive/of/somebody/2026/11/some-camera-with-a-name-${index}.mp4`;
      await engine.submit({
        ...job,
        input: `/mnt/videos/${path}`,
        output: path,
        run: { out: '/mnt/results/archive', settings: '0'.repeat(32) },
      });
    }
    const perSec = videos / ((performance.now() - started) / 1000);
    console.log(
      `memory: ${videos} queued videos hold ${((await used()) - before) / 1e6} MB of Redis; ${perSec.toFixed(0)} submitted a second`,
    );
    await engine.close();
    redis.disconnect();
  });
}

/** Videos of which each step sleeps 200 ms, the duration of a short stage. Throughput should grow with the workers. */
async function scaling(videosPerWorker: number): Promise<void> {
  let one = 0;
  for (const workers of [1, 2, 4, 8]) {
    const step: FakeStep = async () => await sleep(200);
    const videos = videosPerWorker * workers;
    const perSec = videos / ((await fleetVideos(videos, { workers, concurrency: 2 }, step)) / 1000);
    if (workers === 1) one = perSec;
    console.log(
      `scaling: ${workers} workers ${perSec.toFixed(2)} videos/s, ${(perSec / (one * workers)).toFixed(3)} of linear`,
    );
  }
}

async function fleetVideos(
  videos: number,
  { workers, concurrency }: { readonly workers: number; readonly concurrency: number },
  step?: FakeStep,
): Promise<number> {
  return await withRedis(async (server) => {
    const engine = await BullmqEngine.open({ url: server.url, maxWaiting: videos + 1 });
    const done = new Set<string>();
    const started = performance.now();
    const running = [];
    for (let index = 0; index < workers; index++)
      running.push(
        await BullmqWorker.start({
          url: server.url,
          work: new FakeWork(step, done),
          concurrency: { media: concurrency, inference: concurrency, light: concurrency },
          lockSec: 30,
          onEvent: () => undefined,
        }),
      );
    for (let index = 0; index < videos; index++) await engine.submit(fakeJob(`v${index}`));
    await engine.drain();
    const wallMs = performance.now() - started;
    for (const worker of running) await worker.close(0);
    await engine.close();
    return wallMs;
  });
}

/** Compares one worker that uses both cores with two workers that share them, alternating so that load affects both. */
async function cores(videos: number): Promise<void> {
  await withFolder(async (cwd) => {
    await makeTinyVideos(join(cwd, 'in'), videos);
    const packs = [await makeEmptyPack(join(cwd, 'pack'))];
    const rates = new Map<number, number[]>([
      [1, []],
      [2, []],
    ]);
    for (let round = 0; round < 3; round++)
      for (const [workers, found] of rates)
        await withRedis(async (server) => {
          const fleet = new WorkerFleet({ redisUrl: server.url, cwd, workers, concurrency: 2 / workers, lockSec: 30 });
          // Wait until all workers have started, so that starting is not measured.
          await untilWorkers(server.url, workers);
          const options = { inputs: [join(cwd, 'in')], out: join(cwd, `out-${workers}-${round}`), packs };
          const { summary } = await run({ ...options, redis: server.url });
          found.push(summary.counts.done / summary.wallSec);
          await fleet.stop();
        });
    const [one, two] = [...rates.values()].map((found) => found.sort((a, b) => a - b)[1] ?? 0);
    console.log(
      `cores: one worker ${one?.toFixed(2)} videos/s, two workers ${two?.toFixed(2)} videos/s, ` +
        `ratio ${((two ?? 0) / (one ?? 1)).toFixed(3)} (medians of three)`,
    );
  });
}

/** Queue overhead relative to the work of real clips: overhead per stage job divided by the stages' own time. */
async function real(folder: string): Promise<void> {
  await withFolder(async (cwd) => {
    let stages = 0;
    let workMs = 0;
    const onEvent = (event: RunEvent): void => {
      if (event.type !== 'stage-done') return;
      stages += 1;
      workMs += event.wallMs;
    };
    const { summary } = await run({ inputs: [folder], out: join(cwd, 'out'), offline: true, onEvent });
    const eachMs = (await fleetVideos(100, { workers: 1, concurrency: 2 })) / (100 * FAKE_STEPS.length);
    console.log(
      `real: ${summary.counts.done} clips, ${stages} stage jobs of ${(workMs / stages).toFixed(0)} ms on average; ` +
        `${eachMs.toFixed(2)} ms of queue each is ${((100 * eachMs * stages) / workMs).toFixed(2)} %`,
    );
  });
}

async function untilWorkers(url: string, workers: number): Promise<void> {
  const control = new FleetControl(url);
  try {
    while (!(await control.queueStatus()).every((queue) => queue.workers >= workers)) await sleep(200);
  } finally {
    await control.close();
  }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-fleet-bench-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the given number of empty jobs through one plain BullMQ queue and returns the milliseconds. */
async function bareJobs(jobs: number, concurrency: number): Promise<number> {
  return await withRedis(async (server) => {
    const connection = { host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null };
    const queue = new Queue('bare', { connection });
    const events = new QueueEvents('bare', { connection });
    await events.waitUntilReady();
    const started = performance.now();
    let left = jobs;
    const all = new Promise<void>((resolve) => events.on('completed', () => --left === 0 && resolve()));
    const worker = new Worker('bare', () => Promise.resolve(), { connection, concurrency });
    for (let index = 0; index < jobs; index++) await queue.add('job', { index });
    await all;
    const wallMs = performance.now() - started;
    await worker.close();
    await events.close();
    await queue.close();
    return wallMs;
  });
}

async function withRedis<Result>(use: (server: RedisServer) => Promise<Result>): Promise<Result> {
  const server = await RedisServer.start();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
