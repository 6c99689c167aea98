/**
 * Measures the server under load, in a separate process on this machine: 1,000 status reads per second while it
 * processes videos, then 200 simultaneous uploads of 20 MB.
 *
 * npm run build && npx tsx bench/server-load.ts
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import autocannon from 'autocannon';
import { PACKAGE_FOLDER } from '../core/version.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { uploadAtOnce } from './server/concurrent-uploads.js';
import { startServer, type ServedProcess } from './server/served-process.js';

const READS_PER_SEC = 1_000;
const READ_SEC = 15;
const CONNECTIONS = 20;
/** Enough to keep the server busy during the status reads, because each video takes seconds. */
const VIDEOS = 30;
const UPLOADS = 200;
const UPLOAD_BYTES = 20e6;

const folder = await mkdtemp(join(tmpdir(), 'earsight-load-'));
const server = await startServer();
try {
  await reads(server, 'a process of its own works on videos');
} finally {
  await server.stop();
}
await fleetReads();
const other = await startServer();
try {
  await uploads(other);
} finally {
  await other.stop();
  await rm(folder, { recursive: true, force: true });
}

/** The same with a worker in a separate process of low priority, which approximates a worker on another machine. */
async function fleetReads(): Promise<void> {
  const redis = await RedisServer.start();
  const main = join(PACKAGE_FOLDER, 'dist/pipeline/cli/main.js');
  const words = [process.execPath, main, 'worker', '--redis', redis.url, '--offline'];
  const env = { ...process.env, EARSIGHT_CACHE: join(folder, 'cache') };
  const worker = spawn('nice', ['-n', '10', ...words], { stdio: 'ignore', env });
  const fleet = await startServer(['--redis', redis.url]);
  try {
    await reads(fleet, 'a worker works on videos');
  } finally {
    // The worker writes into the server's data folder, which is removed with the server: it must end first.
    worker.kill('SIGTERM');
    await once(worker, 'close');
    await fleet.stop();
    await redis.stop();
  }
}

async function reads({ url }: ServedProcess, meanwhile: string): Promise<void> {
  const id = await submitVideos(url);
  const result = await autocannon({
    url: `${url}/v1/jobs/${id}`,
    connections: CONNECTIONS,
    duration: READ_SEC,
    overallRate: READS_PER_SEC,
  });
  const state = (await (await fetch(`${url}/v1/jobs?limit=200`)).json()) as { jobs: { state: string }[] };
  const left = state.jobs.filter((job) => job.state === 'running' || job.state === 'queued').length;
  const { latency, requests, errors, non2xx } = result;
  console.log(
    `status reads while ${meanwhile}: ${requests.average.toFixed(0)}/s, p50 ${latency.p50} ms, p99 ${latency.p99} ms, ` +
      `max ${latency.max} ms, ${errors} errors, ${non2xx} not 2xx; ${left} of ${VIDEOS} videos still unfinished at the end`,
  );
}

async function submitVideos(url: string): Promise<string> {
  const clip = join(folder, 'clip.mp4');
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=d=30:s=640x360:r=25'];
  const sound = ['-f', 'lavfi', '-i', 'sine=440:d=30'];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  await promisify(execFile)('ffmpeg', ['-loglevel', 'error', '-y', ...picture, ...sound, ...codecs, clip]);
  const bytes = await readFile(clip);
  let id = '';
  for (let video = 0; video < VIDEOS; video++) {
    const form = new FormData();
    // A `free` box is appended to each copy, so that the store sees different files.
    form.append(
      'file',
      new Blob([new Uint8Array(bytes), new Uint8Array([0, 0, 0, 9, 102, 114, 101, 101, video])]),
      `clip-${video}.mp4`,
    );
    const job = (await (await fetch(`${url}/v1/jobs`, { method: 'POST', body: form })).json()) as { id: string };
    id = job.id;
  }
  return id;
}

async function uploads(server: ServedProcess): Promise<void> {
  await uploadAtOnce(server, 4, 1e6);
  const { seconds, statuses, beforeBytes, peakBytes } = await uploadAtOnce(server, UPLOADS, UPLOAD_BYTES);
  const total = (UPLOADS * UPLOAD_BYTES) / 1e6;
  console.log(
    `${UPLOADS} uploads of ${UPLOAD_BYTES / 1e6} MB at once: ${seconds.toFixed(1)} s (${(total / seconds).toFixed(0)} MB/s), ` +
      `answers ${JSON.stringify(statuses)}, memory ${(beforeBytes / 1e6).toFixed(0)} MB before, ${(peakBytes / 1e6).toFixed(0)} MB at most`,
  );
}
