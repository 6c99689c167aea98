// npx tsx bench/fleet-overhead.ts [overhead|memory|scaling|cores]…
// What the fleet costs: beside bare BullMQ in the same run, on the same Redis server.
import { Queue, QueueEvents, Worker } from 'bullmq';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullmqEngine } from '../queues/bullmq/bullmq-engine.js';
import { BullmqWorker } from '../queues/bullmq/bullmq-worker.js';
import { PRETEND_STEPS, PretendWork, pretendJob, type Deed } from '../queues/testing/pretend-work.js';
import { RedisServer } from '../queues/testing/redis-server.js';

const chosen = process.argv.slice(2);
const isChosen = (name: string): boolean => chosen.length === 0 || chosen.includes(name);

if (isChosen('overhead')) await overhead(200);
if (isChosen('memory')) await memory(10_000);
if (isChosen('scaling')) await scaling(48);

/** Milliseconds of the queue for each stage job, the work itself being nothing: one job at a time, then many. */
async function overhead(videos: number): Promise<void> {
  for (const concurrency of [1, 8]) {
    const bareMs = await bareJobs(videos * PRETEND_STEPS.length, concurrency);
    const fleetMs = await fleetVideos(videos, { workers: 1, concurrency });
    const each = fleetMs / (videos * PRETEND_STEPS.length);
    console.log(
      `overhead, concurrency ${concurrency}: bare BullMQ ${(bareMs / (videos * PRETEND_STEPS.length)).toFixed(2)} ms a job, ` +
        `fleet ${each.toFixed(2)} ms a stage job (planning, waiting and finishing of its video counted)`,
    );
  }
}

async function memory(videos: number): Promise<void> {
  await withServer(async (server) => {
    const redis = server.connect();
    const used = async (): Promise<number> => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    const engine = await BullmqEngine.open({ url: server.url, mostWaiting: videos + 1 });
    const before = await used();
    const started = performance.now();
    for (let index = 0; index < videos; index++) {
      const job = pretendJob(`${index.toString(16).padStart(31, '0')}x`);
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

/** Videos whose every step sleeps 50 ms: with N workers it should take an N-th of the time. */
async function scaling(videosPerWorker: number): Promise<void> {
  let one = 0;
  for (const workers of [1, 2, 4, 8]) {
    const deed: Deed = async () => await sleep(50);
    const videos = videosPerWorker * workers;
    const perSec = videos / ((await fleetVideos(videos, { workers, concurrency: 2 }, deed)) / 1000);
    if (workers === 1) one = perSec;
    console.log(
      `scaling: ${workers} workers ${perSec.toFixed(2)} videos/s, ${(perSec / (one * workers)).toFixed(3)} of linear`,
    );
  }
}

async function fleetVideos(
  videos: number,
  { workers, concurrency }: { readonly workers: number; readonly concurrency: number },
  deed?: Deed,
): Promise<number> {
  return await withServer(async (server) => {
    const engine = await BullmqEngine.open({ url: server.url, mostWaiting: videos + 1 });
    const done = new Set<string>();
    const started = performance.now();
    const running = [];
    for (let index = 0; index < workers; index++)
      running.push(
        await BullmqWorker.start({
          url: server.url,
          work: new PretendWork(deed, done),
          concurrency: { media: concurrency, inference: concurrency, light: concurrency },
          lockSec: 30,
          onEvent: () => undefined,
        }),
      );
    for (let index = 0; index < videos; index++) await engine.submit(pretendJob(`v${index}`));
    await engine.drain();
    const wallMs = performance.now() - started;
    for (const worker of running) await worker.close(0);
    await engine.close();
    return wallMs;
  });
}

/** The same number of empty jobs through one plain queue. */
async function bareJobs(jobs: number, concurrency: number): Promise<number> {
  return await withServer(async (server) => {
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

async function withServer<Result>(use: (server: RedisServer) => Promise<Result>): Promise<Result> {
  const server = await RedisServer.start();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
