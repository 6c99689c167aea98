import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RedisServer } from '../queues/testing/redis-server.js';
import { earsight, startEarsight, type Started } from './earsight.js';
import { makeEmptyPack, makeTinyVideos } from './tiny-videos.js';

const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(''),
  name: z.string(),
});
const exportSchema = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })) })),
});
type Span = z.infer<typeof spanSchema>;

let cwd: string;
let redis: RedisServer;
let collector: Server;
let worker: Started;
let env: NodeJS.ProcessEnv;
const spans: Span[] = [];
/** Stages of the standard graph (docs/architecture.md). */
const STEPS = 13;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-traces-'));
  redis = await RedisServer.start();
  collector = createServer((request, reply) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { resourceSpans } = exportSchema.parse(JSON.parse(body));
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      reply.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const address = collector.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  env = {
    REDIS_URL: redis.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  };
  await makeTinyVideos(join(cwd, 'in'), 1);
  await makeEmptyPack(join(cwd, 'pack'));
  worker = startEarsight(['worker', '--offline'], { cwd, env });
});
afterAll(async () => {
  worker.child.kill('SIGTERM');
  await worker.finished;
  collector.closeAllConnections();
  collector.close();
  await redis.stop();
  await rm(cwd, { recursive: true, force: true });
});

/** Checks that the spans of one video form one tree with the submission as its root, and returns their names. */
async function oneTrace(): Promise<string[]> {
  await expect.poll(() => processed().length, { timeout: 40_000 }).toBe(STEPS + 2);
  expect(new Set(processed().map(({ traceId }) => traceId)).size).toBe(1);
  const trace = spans.filter(({ traceId }) => traceId === processed()[0]?.traceId);
  const known = new Set(trace.map(({ spanId }) => spanId));
  const roots = trace.filter(({ parentSpanId }) => !known.has(parentSpanId));
  expect(roots.map(({ name, parentSpanId }) => `${name}${parentSpanId}`)).toEqual(['add videos.video']);
  spans.length = 0;
  return trace.map(({ name }) => name);
}

/** The spans of all steps and of planning and publishing the video. */
function processed(): Span[] {
  return spans.filter(({ name }) => name.startsWith('process '));
}

const WORK = ['process videos', 'process media', 'process inference', 'process light'].map(
  (name) => expect.stringContaining(name) as string,
);

describe('submission, planning and all steps of a video form one trace', () => {
  it('when submitted by earsight submit', async () => {
    const submitted = await earsight(['submit', 'in', '--out', 'submitted', '--pack', './pack'], { cwd, env });
    expect(submitted.code).toBe(0);
    expect(await oneTrace()).toEqual(expect.arrayContaining(WORK));
  });

  it('when submitted by earsight run', async () => {
    const args = ['run', 'in', '--out', 'run', '--pack', './pack', '--engine', 'bullmq'];
    expect((await earsight(args, { cwd, env })).code).toBe(0);
    expect(await oneTrace()).toEqual(expect.arrayContaining(WORK));
  });

  it('when uploaded to the server', async () => {
    const server = startEarsight(['serve', '--data', 'data', '--port', '0', '--pack', './pack'], { cwd, env });
    try {
      await server.printed('listens on ');
      const url = /listens on (\S+)/.exec(server.stdout())?.[1] ?? '';
      const form = new FormData();
      form.append('file', new Blob([await readFile(join(cwd, 'in/tiny-00.mp4'))]), 'clip.mp4');
      expect((await fetch(`${url}/v1/jobs`, { method: 'POST', body: form })).status).toBe(201);
      expect(await oneTrace()).toEqual(expect.arrayContaining(WORK));
    } finally {
      server.child.kill('SIGTERM');
      await server.finished;
    }
  });
});
