import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg } from '../../../fixtures/ffmpeg.js';
import type { ExtractParams } from '../params.js';
import { extractStage } from '../extract-stage.js';
import { extractInto, removeExtracted, temporaryFolder } from '../../../tests/extract-into.js';
import type { Stage } from '../../../core/stage.js';
import { endExtractProcess, extractInProcess } from './extract-process.js';

let clip: string;

beforeAll(async () => {
  clip = join(await temporaryFolder(), 'clip.mp4');
  await ffmpeg(
    ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=4', '-f', 'lavfi', '-i', 'sine=440:duration=4'],
    ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', clip],
  );
});
afterAll(async () => {
  await endExtractProcess();
  await removeExtracted();
});

async function extracted(stage: Stage<ExtractParams>, path: string, signal?: AbortSignal) {
  const { folder, media, progress } = await extractInto(path, { sampleRatesHz: [16_000] }, signal, stage);
  await media.close();
  const names = (await readdir(folder)).sort();
  const files = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'base64')]));
  return { files, progress };
}

async function processes(): Promise<{ pid: number; parent: number; args: string }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,ppid,args']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, args] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
    return args === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), args }];
  });
}

/** Ids of the extract processes of this process. */
async function extractors(): Promise<number[]> {
  return (await processes())
    .filter(({ parent, args }) => parent === process.pid && args.includes('extract-process-entry'))
    .map(({ pid }) => pid);
}

describe('extractInProcess', () => {
  it('gives the same bytes as the stage in this process, with progress, in one process for several videos', async () => {
    const here = await extracted(extractStage, clip);
    const [one, two] = await Promise.all([extracted(extractInProcess, clip), extracted(extractInProcess, clip)]);
    expect(one.files).toEqual(here.files);
    expect(two.files).toEqual(here.files);
    expect(one.progress.at(-1)).toBe(1);
    expect(await extractors()).toHaveLength(1);
    await endExtractProcess();
    expect(await extractors()).toEqual([]);
  });

  it('fails with the code and details of the stage', async () => {
    const path = join(await temporaryFolder(), 'nothing.mp4');
    const expected = { code: 'EARSIGHT_INPUT_MISSING', details: { path } };
    await expect(extracted(extractStage, path)).rejects.toMatchObject(expected);
    await expect(extracted(extractInProcess, path)).rejects.toMatchObject(expected);
  });

  it('stops when it is cancelled', async () => {
    const abort = new AbortController();
    const running = extracted(extractInProcess, clip, abort.signal);
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
  });

  it('fails when its process is killed, and starts another process for the next video', async () => {
    const running = extracted(extractInProcess, await longClip());
    await kill();
    await expect(running).rejects.toMatchObject({ code: 'EARSIGHT_WORKER_ENDED', end: { ownFault: false } });
    expect((await extracted(extractInProcess, clip)).progress.at(-1)).toBe(1);
  });

  it('extracts each of several videos in a process of its own when their shared process is killed', async () => {
    const path = await longClip();
    const running = [1, 2].map(async () => await extracted(extractInProcess, path));
    await kill();
    const [one, two] = await Promise.all(running);
    expect(one?.files).toEqual(two?.files);
    expect(one?.files).toHaveLength((await extracted(extractStage, clip)).files.length);
  });
});

/** A clip long enough for the process to be killed while it is extracted. */
async function longClip(): Promise<string> {
  const path = join(await temporaryFolder(), 'long.mp4');
  await ffmpeg(['-stream_loop', '40', '-i', clip], ['-c', 'copy', path]);
  return path;
}

async function kill(): Promise<void> {
  await expect.poll(extractors, { timeout: 10_000 }).toHaveLength(1);
  await expect.poll(decoders, { timeout: 10_000 }).not.toEqual([]);
  const [pid] = await extractors();
  process.kill(pid ?? 0, 'SIGKILL');
}

async function decoders(): Promise<unknown[]> {
  return (await processes()).filter(({ args }) => args.includes('ffmpeg') && args.includes('long.mp4'));
}
