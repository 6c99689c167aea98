import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newJobId } from './job-id.js';
import { codeIn, jobIn, TestServer } from './testing/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.open();
});
afterAll(async () => await server.close());

function form(field: string, value: Blob | string): FormData {
  const filled = new FormData();
  filled.append(field, value);
  return filled;
}

describe('a job', () => {
  it('is uploaded, processed and published, and its upload is deleted', async () => {
    const submitted = await server.upload('short', 'my clip.mp4');
    expect(submitted.status).toBe(201);
    const { id } = await jobIn(submitted);
    expect(submitted.headers.get('location')).toBe(`/v1/jobs/${id}`);
    const job = await server.job(id, '?wait=10');
    expect(job).toMatchObject({ state: 'done', name: 'my clip.mp4', source: 'upload', progress: 1, error: null });
    const result = await fetch(`${server.url}/v1/jobs/${id}/result`);
    expect(await result.json()).toMatchObject({ id, name: 'my clip.mp4', events: { source: { path: 'my clip.mp4' } } });
    const report = await fetch(`${server.url}/v1/jobs/${id}/report`);
    expect(report.headers.get('content-type')).toContain('text/html');
    expect(await report.text()).toContain(id);
    await inputGone(id);
  });

  it.each([
    [
      'a file in another field',
      form('upload', new Blob(['short'])),
      'is in the field upload: send it in the field `file`',
    ],
    ['the name of a file instead of it', form('file', 'clip.mp4'), 'no file is in it: send it in the field `file`'],
    ['nothing', null, 'the file in its field `file` nor JSON with `path` or `url`'],
  ])('is refused with an explanation when the request holds %s', async (_, body, words) => {
    const refused = await fetch(`${server.url}/v1/jobs`, { method: 'POST', body });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain(words);
  });

  it('is returned only when it is settled if the request asks to wait', async () => {
    const form = new FormData();
    form.append('file', new Blob(['short']), 'a.mp4');
    const job = await jobIn(await fetch(`${server.url}/v1/jobs?wait=10`, { method: 'POST', body: form }));
    expect(job.state).toBe('done');
  });

  // `$&` in a replacement string inserts the match, which here would be the server's own path.
  it.each(['bad.mp4', '$& bad.mp4'])('reports a failure under the name that the submitter gave: %s', async (name) => {
    const { id } = await jobIn(await server.upload('fail', name));
    const job = await server.job(id, '?wait=10');
    expect(job.state).toBe('failed');
    expect(job.error?.code).toBe('EARSIGHT_INPUT_NOT_MEDIA');
    expect(job.error?.message).toContain(`${name} is not`);
    expect(job.error?.message).not.toContain(server.data.root);
    expect(await codeIn(await fetch(`${server.url}/v1/jobs/${id}/result`))).toBe('409 EARSIGHT_JOB_STATE');
  });

  it('reports missing results when they were removed from outside', async () => {
    const { id } = await jobIn(await server.upload('short'));
    await server.job(id, '?wait=10');
    await rm(join(server.data.results, id), { recursive: true });
    for (const path of ['result', 'report', 'files/events.json'])
      expect(await codeIn(await fetch(`${server.url}/v1/jobs/${id}/${path}`))).toBe('404 EARSIGHT_INPUT_MISSING');
  });

  it('is cancelled at once while it waits in the queue', async () => {
    const ahead = [await jobIn(await server.upload('wait')), await jobIn(await server.upload('wait'))];
    for (const { id } of ahead) await running(id);
    const { id } = await jobIn(await server.upload('wait'));
    expect((await server.job(id)).state).toBe('queued');
    expect((await fetch(`${server.url}/v1/jobs/${id}?purge=true`, { method: 'DELETE' })).status).toBe(204);
    for (const { id } of ahead)
      expect((await fetch(`${server.url}/v1/jobs/${id}?purge=true`, { method: 'DELETE' })).status).toBe(204);
    await inputGone(id);
  });

  it('is cancelled while it runs, retried, and purged', async () => {
    const { id } = await jobIn(await server.upload('wait'));
    await running(id);
    const cancelled = await jobIn(await fetch(`${server.url}/v1/jobs/${id}`, { method: 'DELETE' }));
    expect(cancelled.state).toBe('cancelled');
    const again = await fetch(`${server.url}/v1/jobs/${id}/retry`, { method: 'POST' });
    expect(again.status).toBe(202);
    await running(id);
    expect((await server.job(id)).attempt).toBe(2);
    expect(await codeIn(await fetch(`${server.url}/v1/jobs/${id}/retry`, { method: 'POST' }))).toBe(
      '409 EARSIGHT_JOB_STATE',
    );
    expect((await fetch(`${server.url}/v1/jobs/${id}?purge=true`, { method: 'DELETE' })).status).toBe(204);
    expect(await codeIn(await fetch(`${server.url}/v1/jobs/${id}`))).toBe('404 EARSIGHT_JOB_UNKNOWN');
    await inputGone(id);
  });

  it('is created once per Idempotency-Key, and a different request with the same key is refused', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await jobIn(await server.upload('short', 'a.mp4', headers));
    const second = await server.upload('short', 'a.mp4', headers);
    expect(second.status).toBe(200);
    expect((await jobIn(second)).id).toBe(first.id);
    expect(await codeIn(await server.upload('other', 'a.mp4', headers))).toBe('422 EARSIGHT_IDEMPOTENCY');
  });

  it('is listed by page and by state', async () => {
    const ids: string[] = [];
    let before = '';
    for (let page = 0; page < 100; page++) {
      const query = new URLSearchParams({ limit: '2', ...(before === '' ? {} : { before }) });
      const list = (await (await fetch(`${server.url}/v1/jobs?${query.toString()}`)).json()) as {
        jobs: { id: string }[];
        next: string | null;
      };
      ids.push(...list.jobs.map((job) => job.id));
      if (list.next === null) break;
      before = list.next;
    }
    expect(ids.length).toBeGreaterThan(3);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    const failed = (await (await fetch(`${server.url}/v1/jobs?state=failed`)).json()) as { jobs: { state: string }[] };
    expect(failed.jobs.map((job) => job.state)).toEqual(['failed', 'failed']);
  });
});

describe('events', () => {
  it('report a job until its end, and resume after the last event that was received', async () => {
    const { id } = await jobIn(await server.upload('short'));
    await server.job(id, '?wait=10');
    const all = await events(id);
    expect(all.map((event) => event.type)).toEqual(
      expect.arrayContaining(['queued', 'started', 'progress', 'stage-done', 'done']),
    );
    const middle = all.findIndex((event) => event.type === 'stage-done');
    const rest = await events(id, all[middle]?.id);
    expect(rest).toEqual(all.slice(middle + 1));
    expect(await events(id, 'of-another-server')).toEqual(all);
  });

  it('of a running job are sent as they happen and end with the job', async () => {
    const { id } = await jobIn(await server.upload('wait'));
    const following = events(id);
    await running(id);
    await fetch(`${server.url}/v1/jobs/${id}`, { method: 'DELETE' });
    expect((await following).at(-1)?.type).toBe('cancelled');
  });
});

describe('a restart', () => {
  it('keeps finished jobs and continues the others', async () => {
    const done = await jobIn(await server.upload('short', 'kept.mp4'));
    await server.job(done.id, '?wait=10');
    const waiting = await jobIn(await server.upload('wait', 'long.mp4'));
    await running(waiting.id);
    await server.stop();
    await server.start();
    expect(await server.job(done.id)).toMatchObject({ state: 'done', name: 'kept.mp4' });
    expect((await fetch(`${server.url}/v1/jobs/${done.id}/report`)).status).toBe(200);
    expect((await events(done.id)).at(-1)?.type).toBe('done');
    await running(waiting.id);
    await fetch(`${server.url}/v1/jobs/${waiting.id}`, { method: 'DELETE' });
  });

  it('removes files that a killed server left of unknown jobs, and nothing else', async () => {
    const { inputs, results, jobs } = server.data;
    const write = async (path: string) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'bytes');
    };
    const done = await jobIn(await server.upload('short'));
    await server.job(done.id, '?wait=10');
    const failed = await jobIn(await server.upload('fail'));
    await server.job(failed.id, '?wait=10');
    await server.stop();
    const [cut, purged, linked, strange] = [newJobId(), newJobId(), newJobId(), newJobId()];
    await write(join(inputs, cut, 'half.mp4'));
    await write(join(inputs, done.id, 'clip.mp4'));
    await write(join(results, purged, 'events.json'));
    const elsewhere = await mkdtemp(join(tmpdir(), 'earsight-elsewhere-'));
    await write(join(elsewhere, 'mine.mp4'));
    await symlink(elsewhere, join(results, linked));
    await write(join(results, 'notes', 'mine.txt'));
    await write(join(inputs, 'notes.txt'));
    // A record written by a newer version.
    await writeFile(join(jobs, `${strange}.json`), '{"schema":2}');
    await write(join(inputs, strange, 'clip.mp4'));
    await write(join(results, strange, 'events.json'));
    await server.start();
    const staged = await readdir(inputs);
    expect(staged).toEqual(expect.arrayContaining([failed.id, strange, 'notes.txt']));
    expect(staged).not.toEqual(expect.arrayContaining([cut]));
    expect(staged).not.toEqual(expect.arrayContaining([done.id]));
    const published = await readdir(results);
    expect(published).toEqual(expect.arrayContaining([done.id, strange, linked, 'notes']));
    expect(published).not.toEqual(expect.arrayContaining([purged]));
    expect(await readdir(elsewhere)).toEqual(['mine.mp4']);
    await rm(elsewhere, { recursive: true });
  });
});

async function inputGone(id: string): Promise<void> {
  await expect.poll(async () => await readdir(server.data.inputs), { timeout: 10_000 }).not.toContain(id);
}

async function running(id: string): Promise<void> {
  await expect
    .poll(async () => (await server.job(id)).stages[0]?.fraction ?? 0, { timeout: 10_000 })
    .toBeGreaterThan(0);
}

async function events(id: string, last?: string): Promise<{ id: string; type: string }[]> {
  const headers = last === undefined ? {} : { 'last-event-id': last };
  const text = await (await fetch(`${server.url}/v1/jobs/${id}/events`, { headers })).text();
  return [...text.matchAll(/^id: (.*)\nevent: (.*)\ndata: (.*)$/gm)].map(([, eventId = '', type = '', data = '']) => {
    expect(JSON.parse(data)).toMatchObject({ type });
    return { id: eventId, type };
  });
}
