// npx tsx bench/bucket-fleet.ts [VIDEOS]
// The cost of a bucket compared with a shared folder: tiny videos go through one worker in this process, which also
// submits them.
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../pipeline/index.js';
import { startWorker } from '../pipeline/processes/worker.js';
import { ANY_FOLDER } from '../pipeline/work/rooted-work.js';
import { pythonWithMoto, S3Server } from '../core/store/bucket/testing/s3-server.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { makeEmptyPack, makeTinyVideos } from '../tests/tiny-videos.js';

const videos = Number(process.argv[2] ?? 12);
const python = pythonWithMoto();
if (python === undefined) throw new TypeError('moto is not to be had: Python with pip is needed');

const cwd = await mkdtemp(join(tmpdir(), 'earsight-bench-'));
const [redis, s3] = await Promise.all([RedisServer.start(), S3Server.start(python)]);
Object.assign(process.env, s3.env, { EARSIGHT_CACHE: join(cwd, 'cache') });

const requests = new Map<string, number>();
subscribe('http.client.request.start', (message) => {
  const { method } = (message as { request: ClientRequest }).request;
  requests.set(method, (requests.get(method) ?? 0) + 1);
});

await makeTinyVideos(join(cwd, 'in'), videos);
const packs = [await makeEmptyPack(join(cwd, 'pack'))];
const worker = await startWorker({
  redis: redis.url,
  queues: ['media', 'inference', 'light'],
  concurrency: 2,
  device: 'cpu',
  offline: true,
  lockSec: 30,
  roots: ANY_FOLDER,
  onStepStart: () => () => undefined,
  onEvent: () => undefined,
});
// The first run loads modules and models that the later ones reuse.
await measure('warm-up');
await measure('folder');
await measure('bucket', `s3://${s3.bucket}/bench`);
await measure('folder');
await measure('bucket', `s3://${s3.bucket}/bench-again`);
await worker.close(0);
await Promise.all([redis.stop(), s3.stop()]);
await rm(cwd, { recursive: true, force: true });

async function measure(name: string, store?: string): Promise<void> {
  const out = join(cwd, `${name}-${String(process.hrtime.bigint())}`);
  requests.clear();
  const began = performance.now();
  const before = process.cpuUsage();
  const storeOption = store === undefined ? {} : { store };
  const { summary } = await run({ inputs: [join(cwd, 'in')], out, packs, redis: redis.url, ...storeOption });
  const { user, system } = process.cpuUsage(before);
  const sec = (performance.now() - began) / 1000;
  const each = [...requests].map(([method, count]) => `${(count / videos).toFixed(1)} ${method}`).join(', ');
  console.log(
    `${name}: ${summary.counts.done} of ${videos} done, a video ${((user + system) / 1000 / videos).toFixed(0)} ms of processor ` +
      `(ffmpeg and the servers apart), ${((sec / videos) * 1000).toFixed(0)} ms of clock; requests: ${each || 'none'}`,
  );
}
