import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg } from '../fixtures/ffmpeg.js';
import { run, type RunEvent, type RunOptions } from '../pipeline/index.js';
import { MultiRunWork } from '../pipeline/work/multi-run-work.js';
import { BullmqWorker } from '../queues/bullmq/bullmq-worker.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { PACKAGE_FOLDER } from '../core/version.js';

const LITE = join(PACKAGE_FOLDER, '../shared/models/lite');

let cwd: string;
let film: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-shards-'));
  film = join(cwd, 'film.mp4');
  await ffmpeg(
    [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=6'],
      ...[
        '-f',
        'lavfi',
        '-i',
        'mandelbrot=size=160x120:rate=25',
        '-f',
        'lavfi',
        '-i',
        'sine=frequency=440:duration=12',
      ],
      ...['-filter_complex', '[1]trim=duration=6[tail];[0][tail]concat=n=2'],
    ],
    ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '25', '-c:a', 'aac', '-shortest', film],
  );
});
afterAll(async () => await rm(cwd, { recursive: true, force: true }));

interface Outcome {
  readonly out: string;
  readonly stages: readonly string[];
  readonly warnings: readonly string[];
}

async function runInto(name: string, options: Partial<RunOptions>): Promise<Outcome> {
  const out = join(cwd, name);
  const events: RunEvent[] = [];
  const { rows } = await run({
    inputs: [film],
    out,
    offline: true,
    ...options,
    onEvent: (event) => events.push(event),
  });
  expect(rows.map(({ status }) => status)).toEqual(['done']);
  return {
    out,
    stages: events.flatMap((event) => (event.type === 'stage-done' ? [event.stage] : [])).sort(),
    warnings: events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])),
  };
}

/** Path and content of every published file of the video. */
async function published(out: string): Promise<Map<string, string>> {
  const folder = join(out, 'film.mp4');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(
    async (file) => [file.slice(folder.length), (await readFile(file)).toString('base64')] as const,
  );
  return new Map((await Promise.all(contents)).sort());
}

describe('a long video in time shards', () => {
  it('publishes the bytes of a run without shards', async () => {
    const whole = await runInto('whole', {});
    const cut = await runInto('cut', { shardSec: 4 });
    const wanted = await published(whole.out);
    expect(wanted.size).toBeGreaterThan(3);
    expect([...(await published(cut.out))]).toEqual([...wanted]);
    expect(cut.warnings).toEqual(whole.warnings);
    expect(cut.stages).toEqual(
      [
        ...whole.stages,
        ...['encode-0', 'encode-1', 'encode-2'],
        ...['extract-picture-0', 'extract-picture-1', 'extract-picture-2', 'extract-sound'],
      ].sort(),
    );
    // All parts are removed with the video, and a run without shards finds everything done.
    expect(await readdir(join(cut.out, '.earsight', 'scratch'))).toEqual([]);
    const again = await run({ inputs: [film], out: cut.out, offline: true });
    expect(again.rows.map(({ status }) => status)).toEqual(['skipped']);
  });

  it('publishes the same bytes from two workers of a fleet', async () => {
    const whole = await published((await runInto('one', {})).out);
    const redis = await RedisServer.start();
    const took: string[] = [];
    const workers = [];
    for (const name of ['a', 'b'])
      workers.push(
        await BullmqWorker.start({
          url: redis.url,
          work: new MultiRunWork({ device: 'cpu', offline: true, onDevice: () => undefined }),
          concurrency: { media: 1, inference: 1, light: 1 },
          lockSec: 30,
          onEvent: (event) => {
            if (event.type === 'completed' && event.queue === 'media') took.push(name);
          },
        }),
      );
    try {
      const { out } = await runInto('fleet', { redis: redis.url, shardSec: 4 });
      expect([...(await published(out))]).toEqual([...whole]);
    } finally {
      for (const worker of workers) await worker.close(1000);
      await redis.stop();
    }
    expect(new Set(took)).toEqual(new Set(['a', 'b']));
  });

  it('is decoded in one piece, with a warning, when only its key frames are decoded', async () => {
    const { stages, warnings } = await runInto('keyframes', { shardSec: 4, frames: 'keyframes' });
    expect(stages).not.toContain('extract-sound');
    expect(stages).toContain('encode-2');
    expect(warnings).toEqual(['the picture is decoded in one go: only its key frames are decoded']);
  });

  it.skipIf(!existsSync(LITE))('publishes the same bytes with networks (skips without ../shared/models)', async () => {
    const options = { packs: [LITE], segmentSec: 0.4 };
    const whole = await runInto('lite-whole', options);
    const cut = await runInto('lite-cut', { ...options, shardSec: 4 });
    expect([...(await published(cut.out))]).toEqual([...(await published(whole.out))]);
  });
});
