import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ffmpeg } from '../fixtures/ffmpeg.js';
import { BUILT_IN } from '../models/packs/built-in.js';
import { PACKAGE_FOLDER } from '../core/version.js';
import type { JobView } from '../server/api-schemas.js';
import { childOf, otherProcessesNaming } from './processes.js';
import { startEarsight, type Started } from './earsight.js';
import { makeEmptyPack, makeTinyVideos } from './tiny-videos.js';

let cwd: string;
let server: Started;
let url: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-served-'));
  await makeTinyVideos(join(cwd, 'in'), 3);
});
afterEach(async () => {
  server.child.kill('SIGTERM');
  await server.finished;
  expect(await otherProcessesNaming(cwd)).toEqual([]);
  await rm(cwd, { recursive: true, force: true });
});

async function serve(pack: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const words = ['serve', '--data', join(cwd, 'data'), '--port', '0', '--offline', '--pack', pack];
  server = startEarsight(words, { cwd, env });
  await server.printed('listens on ');
  url = /listens on (\S+)/.exec(server.stdout())?.[1] ?? '';
}

async function upload(path: string): Promise<string> {
  const form = new FormData();
  form.append('file', new Blob([await readFile(path)]), basename(path));
  const answer = await fetch(`${url}/v1/jobs`, { method: 'POST', body: form });
  return ((await answer.json()) as JobView).id;
}

async function job(id: string, query = ''): Promise<JobView> {
  return (await (await fetch(`${url}/v1/jobs/${id}${query}`)).json()) as JobView;
}

/** Waits until the job has ended. Each request waits at most 50 s; the timeout of the test limits the total. */
async function settled(id: string): Promise<JobView> {
  for (;;) {
    const now = await job(id, '?wait=50');
    if (now.state !== 'queued' && now.state !== 'running') return now;
  }
}

async function worker(): Promise<number> {
  const pid = await childOf(server.child.pid ?? 0);
  if (pid === null) throw new TypeError('the server has no child');
  return pid;
}

/** Makes a clip of ten seconds, which keeps the networks busy for more than one second. */
async function longClip(): Promise<string> {
  const clip = join(cwd, 'long.mp4');
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=10'];
  const sound = ['-f', 'lavfi', '-i', 'sine=440:duration=10'];
  await ffmpeg(
    [...picture, ...sound],
    ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip],
  );
  return clip;
}

async function untilEncoding(id: string): Promise<void> {
  await expect
    .poll(async () => (await job(id)).stages.find(({ name }) => name === 'encode')?.fraction ?? 0, {
      timeout: 40_000,
      interval: 20,
    })
    .toBeGreaterThan(0);
}

describe('the worker process of a server', () => {
  it(
    'has a lower priority than the server, and cancels a job within two seconds while networks run',
    { timeout: 90_000 },
    async () => {
      await serve(BUILT_IN);
      const id = await upload(await longClip());
      await untilEncoding(id);
      expect(getPriority(await worker())).toBe(getPriority(server.child.pid) + 10);
      const startedMs = performance.now();
      const answer = await fetch(`${url}/v1/jobs/${id}`, { method: 'DELETE' });
      expect(await answer.json()).toMatchObject({ state: 'cancelled' });
      expect(performance.now() - startedMs).toBeLessThan(2_000);
      expect(await readdir(join(cwd, 'data/results/.earsight/tmp'))).toEqual([]);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toMatch(/^earsight_frames_decoded_total [1-9]/m);
      expect(metrics).toMatch(/^earsight_inference_items_total\{model="[^"]+"\} [1-9]/m);
    },
  );

  it('can be killed, and its jobs continue in the next one', { timeout: 90_000 }, async () => {
    await serve(BUILT_IN);
    const id = await upload(await longClip());
    await untilEncoding(id);
    const first = await worker();
    process.kill(first, 'SIGKILL');
    expect(await settled(id)).toMatchObject({ state: 'done', attempt: 1 });
    expect(await worker()).not.toBe(first);
  });

  it('ends together with its decoder when the server is killed', { timeout: 60_000 }, async () => {
    await serve(BUILT_IN, { EARSIGHT_FFMPEG: join(PACKAGE_FOLDER, 'fixtures/stubs/hang.sh') });
    const id = await upload(join(cwd, 'in/tiny-00.mp4'));
    await expect.poll(async () => (await otherProcessesNaming(cwd)).join(), { timeout: 30_000 }).toContain('hang.sh');
    expect((await job(id)).state).toBe('running');
    server.child.kill('SIGKILL');
    await server.finished;
    await expect.poll(async () => await otherProcessesNaming(cwd), { timeout: 10_000 }).toEqual([]);
  });

  it('does not take the server or other jobs with it when a video kills it twice', { timeout: 90_000 }, async () => {
    const pack = await makeEmptyPack(join(cwd, 'pack'));
    // The stub crashes for the file name tiny-01.mp4, which the server keeps.
    await serve(pack, { EARSIGHT_FFMPEG: join(PACKAGE_FOLDER, 'fixtures/stubs/crash-parent.sh') });
    const ids = await Promise.all(
      ['tiny-00.mp4', 'tiny-01.mp4', 'tiny-02.mp4'].map(async (name) => await upload(join(cwd, 'in', name))),
    );
    const jobs = await Promise.all(ids.map(settled));
    expect(jobs.map(({ error, state }) => error?.code ?? state)).toEqual(['done', 'EARSIGHT_QUARANTINED', 'done']);
  });
});
