import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { freePort } from '../fixtures/free-port.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { startEarsight } from './earsight.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A loopback address other than the default one, on systems that have several. */
const HOST = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';

it('a worker serves health and queue metrics on the given address until it is asked to end', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'earsight-metrics-'));
  open.push(async () => await rm(cwd, { recursive: true, force: true }));
  const redis = await RedisServer.start();
  open.push(async () => await redis.stop());
  const port = await freePort();
  const address = ['--metrics-port', `${port}`, '--metrics-host', HOST];
  const worker = startEarsight(['worker', '--redis', redis.url, '--queues', 'light', ...address], { cwd });
  open.push(async () => {
    worker.child.kill('SIGKILL');
    await worker.finished;
  });
  const ask = async (path: string): Promise<Response> => await fetch(`http://${HOST}:${port}${path}`);
  await vi.waitFor(async () => expect((await ask('/livez')).status).toBe(200), { timeout: 30_000, interval: 200 });
  await vi.waitFor(
    async () =>
      expect(await (await ask('/metrics')).text()).toContain('earsight_queue_jobs{queue="videos",state="waiting"} 0'),
    { timeout: 10_000, interval: 100 },
  );
  worker.child.kill('SIGTERM');
  expect((await worker.finished).code).toBe(0);
  await expect(ask('/livez')).rejects.toThrow();
});
