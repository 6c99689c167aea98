import { Queue, Worker } from 'bullmq';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PREFIX } from '../queues/bullmq/video-flow.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { startEarsight } from './earsight.js';

it('a served fleet outlives items of its queue that another program wrote', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-hostile-'));
  const redis = await RedisServer.start();
  const flags = ['serve', '--data', join(folder, 'data'), '--port', '0', '--offline', '--redis', redis.url];
  const served = startEarsight([...flags, '--log-level', 'warn'], { cwd: folder });
  const connection = { url: redis.url };
  const queue = new Queue('videos', { connection, prefix: PREFIX });
  const worker = new Worker('videos', () => Promise.reject(new Error('no')), { connection, prefix: PREFIX });
  try {
    await served.printed('listens on');
    const url = /listens on (\S+)/.exec(served.stdout())?.[1] ?? '';
    const metrics = async () => await (await fetch(`${url}/metrics`)).text();
    for (const data of [{ job: {} }, { job: null }, {}]) await queue.add('video', data, { attempts: 1 });
    await expect.poll(metrics, { timeout: 20_000 }).toContain('earsight_queue_items_ignored 3');
    expect(served.child.exitCode).toBeNull();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  } finally {
    await worker.close();
    await queue.close();
    served.child.kill('SIGTERM');
    const { code, stderr } = await served.finished;
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
    expect(stderr).toContain('none of ours');
    expect(code).toBe(0);
  }
}, 60_000);
