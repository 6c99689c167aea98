import { createServer } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tellBatch } from '../../models/runtime/batch-channel.js';
import { EarsightError } from '../../core/errors.js';
import { emitDecode } from '../../stages/extract/decode/decode-events.js';
import { BullmqEngine } from '../bullmq/bullmq-engine.js';
import { BullmqWorker } from '../bullmq/bullmq-worker.js';
import { openQueues } from '../bullmq/queues.js';
import { openRedis } from '../bullmq/redis-connection.js';
import { FakeWork, fakeJob } from '../testing/fake-work.js';
import { RedisServer } from '../testing/redis-server.js';
import { startExporter } from './exporter.js';
import { MeasuredWork } from './measured-work.js';
import { Metrics } from './metrics.js';
import { isTraced, startTracing } from './tracing.js';

let open: (() => unknown)[];
beforeEach(() => {
  open = [];
});
afterEach(async () => {
  for (const close of open.reverse()) await close();
});

function metrics(): Metrics {
  const made = new Metrics();
  open.push(() => made.close());
  return made;
}

/** Value of a series, as Prometheus would read it. */
function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}

async function fleet(measured: Metrics, url: string): Promise<BullmqEngine> {
  const engine = await BullmqEngine.open({ url });
  open.push(async () => await engine.close());
  const failing = new FakeWork((job, step) =>
    job.id === 'bad' && step.name === 'sound'
      ? Promise.reject(new EarsightError('EARSIGHT_INPUT_DAMAGED', { path: 'x', reason: 'so' }))
      : Promise.resolve(),
  );
  const work = new MeasuredWork(failing, measured);
  const concurrency = { media: 1, inference: 1, light: 1 };
  const worker = await BullmqWorker.start({ url, work, concurrency, lockSec: 30, onEvent: () => undefined });
  open.push(async () => await worker.close(0));
  for (const id of ['a', 'b', 'bad']) await engine.submit(fakeJob(id));
  await engine.drain();
  return engine;
}

describe('Metrics', () => {
  it('serves stages, queue states, frames, batches and the event loop delay', async () => {
    const redis = await RedisServer.start();
    open.push(async () => await redis.stop());
    const measured = metrics();
    const engine = await fleet(measured, redis.url);
    measured.watchQueues(engine.queues);
    emitDecode({ frames: 250 });
    tellBatch({ model: 'clip', items: 12, room: 16, lightRatio: 0.9, times: { prepareMs: 1, runMs: 8, finishMs: 1 } });
    measured.observeStage('extract-picture-7', 'done', 3);
    const exporter = await startExporter(measured, 0);
    open.push(async () => await exporter.close());

    const reply = await fetch(`${exporter.url}/metrics`);
    expect(reply.headers.get('content-type')).toBe(measured.contentType);
    const text = await reply.text();
    expect(valueOf(text, 'earsight_stage_seconds_count{stage="extract",outcome="done"}')).toBe(3);
    expect(valueOf(text, 'earsight_stage_seconds_count{stage="sound",outcome="failed"}')).toBe(1);
    expect(valueOf(text, 'earsight_stage_seconds_count{stage="extract-picture",outcome="done"}')).toBe(1);
    expect(valueOf(text, 'earsight_queue_jobs{queue="videos",state="completed"}')).toBe(2);
    expect(valueOf(text, 'earsight_queue_jobs{queue="videos",state="failed"}')).toBe(1);
    expect(valueOf(text, 'earsight_queue_jobs{queue="media",state="waiting"}')).toBe(0);
    expect(valueOf(text, 'earsight_frames_decoded_total')).toBe(250);
    expect(valueOf(text, 'earsight_batch_fill_ratio_bucket{le="0.75",model="clip"}')).toBe(1);
    expect(valueOf(text, 'earsight_batch_fill_ratio_bucket{le="0.5",model="clip"}')).toBe(0);
    expect(valueOf(text, 'earsight_speed_of_light_ratio')).toBe(0.9);
    expect(valueOf(text, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);

    expect((await fetch(`${exporter.url}/livez`)).status).toBe(200);
    expect((await fetch(`${exporter.url}/other`)).status).toBe(404);
    expect((await fetch(`${exporter.url}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  it('omits the queues at once while Redis is unreachable, and serves them again when it is back', async () => {
    const redis = await RedisServer.start();
    open.push(async () => await redis.stop());
    const connection = openRedis(redis.url, 'wait');
    open.push(() => connection.disconnect());
    const measured = metrics();
    measured.watchQueues(openQueues(connection));
    const jobs = 'earsight_queue_jobs{';
    expect(await measured.text()).toContain(jobs);
    await redis.kill();
    const [text] = await Promise.race([Promise.all([measured.text(), measured.text()]), sleep(6_000, ['no answer'])]);
    expect(text).toContain('process_cpu');
    expect(text).not.toContain(jobs);
    await redis.restart();
    await vi.waitFor(async () => expect(await measured.text()).toContain(jobs), 10_000);
  });

  it('stops counting when it is closed', async () => {
    const measured = metrics();
    measured.close();
    emitDecode({ frames: 1 });
    expect(await measured.text()).not.toContain('earsight_frames');
  });
});

describe('tracing', () => {
  it('is off unless the environment names a collector', () => {
    expect(isTraced({})).toBe(false);
    expect(isTraced({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' })).toBe(true);
    expect(isTraced({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' })).toBe(false);
  });

  it('sends the spans of a video and its steps to the collector', async () => {
    const bodies: string[] = [];
    const collector = createServer((request, reply) => {
      request.setEncoding('utf8').on('data', (chunk: string) => bodies.push(`${request.url} ${chunk}`));
      request.on('end', () => reply.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    open.push(() => collector.close());
    const address = collector.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${port}`;
    open.push(() => delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT']);

    const stop = await startTracing();
    const redis = await RedisServer.start();
    open.push(async () => await redis.stop());
    await fleet(metrics(), redis.url);
    await sleep(50);
    await stop?.();
    const sent = bodies.join('\n');
    expect(sent).toContain('/v1/traces');
    expect(sent).toMatch(/"service\.name","value":\{"stringValue":"earsight"/);
    expect(sent).toContain('process media');
    expect(sent).toContain('process videos');
  });
});
