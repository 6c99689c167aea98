import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../pipeline/run/serve.js';
import type { JobView } from '../server/api-schemas.js';
import type { OpenServer } from '../server/open-server.js';
import { codeIn } from '../server/testing/test-server.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { childOf } from './processes.js';
import { startEarsight, type Started } from './earsight.js';
import { settledJob } from './settled-job.js';

describe('a server with a fleet of workers', () => {
  let folder: string;
  let redis: RedisServer;
  let server: OpenServer;
  let worker: Started;
  let clip: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earsight-fleet-server-'));
    redis = await RedisServer.start();
    const path = join(folder, 'clip.mp4');
    const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
    const inputs = ['-f', 'lavfi', '-i', 'testsrc2=d=3:s=160x120:r=10', '-f', 'lavfi', '-i', 'sine=440:d=3'];
    await promisify(execFile)('ffmpeg', ['-loglevel', 'error', ...inputs, ...codecs, path]);
    clip = await readFile(path);
    process.env['EARSIGHT_CACHE'] = join(folder, 'cache');
    worker = startEarsight(['worker', '--redis', redis.url, '--offline', '--concurrency', '1'], { cwd: folder });
    server = await start();
  });
  afterAll(async () => {
    worker.child.kill('SIGTERM');
    await worker.finished;
    await server.close();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(): Promise<OpenServer> {
    return await serve({
      data: join(folder, 'data'),
      redis: redis.url,
      host: '127.0.0.1',
      port: 0,
      offline: true,
      minFreeBytes: 0,
      logger: pino({ level: 'silent' }),
    });
  }

  async function upload(name: string, bytes = clip): Promise<JobView> {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)]), name);
    const answer = await fetch(`${server.url}/v1/jobs`, { method: 'POST', body: form });
    expect(answer.status).toBe(201);
    return (await answer.json()) as JobView;
  }

  it('processes an upload and serves result and report', async () => {
    const { id } = await upload('clip.mp4');
    expect(await settledJob(server.url, id)).toMatchObject({ state: 'done', name: 'clip.mp4' });
    const result = (await (await fetch(`${server.url}/v1/jobs/${id}/result`)).json()) as {
      events: { source: unknown };
    };
    expect(result.events.source).toMatchObject({ path: 'clip.mp4' });
    expect((await fetch(`${server.url}/v1/jobs/${id}/report`)).status).toBe(200);
  }, 120_000);

  it('can be restarted while its jobs are processed', async () => {
    const { id } = await upload('other name.mp4');
    await server.close();
    server = await start();
    expect(await settledJob(server.url, id)).toMatchObject({ state: 'done', name: 'other name.mp4' });
  }, 120_000);

  it('cancels a job of the fleet', async () => {
    const supervisor = worker.child.pid;
    const working = supervisor === undefined ? null : await childOf(supervisor);
    if (supervisor === undefined || working === null) throw new TypeError('no worker');
    const processes = [supervisor, working];
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    try {
      // The content is unique, so that no existing artefact can be used.
      const { id } = await upload('stopped.mp4', Buffer.concat([clip, Buffer.from('stopped')]));
      const answer = await fetch(`${server.url}/v1/jobs/${id}`, { method: 'DELETE' });
      expect(await answer.json()).toMatchObject({ state: 'cancelled' });
    } finally {
      for (const pid of processes) process.kill(pid, 'SIGCONT');
    }
  }, 60_000);

  it('is ready only while Redis answers and does not evict', async () => {
    const ready = async (): Promise<number> => (await fetch(`${server.url}/readyz`)).status;
    expect(await ready()).toBe(200);
    const client = redis.connect();
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await ready()).toBe(503);
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await ready()).toBe(200);
    client.disconnect();
    await redis.kill();
    expect(await ready()).toBe(503);
    await redis.restart();
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  }, 60_000);

  it('serves queue metrics, and the queue board to local requests only', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('earsight_queue_jobs{queue="videos",state="completed"}');
    const board = await fetch(`${server.url}/board`);
    expect(board.status).toBe(200);
    expect(await board.text()).toContain('earsight');
    for (const path of ['/board', '/board/api/queues']) {
      const refused = await fetch(`${server.url}${path}`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
      expect(await codeIn(refused)).toBe('403 EARSIGHT_ORIGIN_REFUSED');
    }
    const queues = (await (await fetch(`${server.url}/board/api/queues`)).json()) as { queues: { name: string }[] };
    expect(queues.queues.map(({ name }) => name)).toContain('videos');
  });
});
