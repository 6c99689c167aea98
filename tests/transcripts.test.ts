import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transcriptFileSchema } from '../core/schemas/transcript.js';
import { run } from '../pipeline/run/run.js';

const WHISPER = '../shared/models/whisper-tiny';
const PROMPT = '../shared/media/audio/speech-en/conf-extended.flac';

describe.skipIf(!existsSync(WHISPER) || !existsSync(PROMPT))('a run with a transcriber (needs ../shared)', () => {
  let work: string;
  let videos: string;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'earsight-transcripts-'));
    videos = join(work, 'videos');
    await mkdir(videos);
    await copyFile(PROMPT, join(videos, 'prompt.flac'));
    await writeFile(join(videos, 'damaged.flac'), 'fLaC and nothing else');
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  it('publishes transcript and subtitles, and shows the words in the report', async () => {
    const out = join(work, 'out');
    const { rows } = await run({ inputs: [videos], out, packs: [WHISPER], offline: true });
    const row = rows.find(({ input }) => input.endsWith('prompt.flac'));
    expect(rows.find(({ input }) => input.endsWith('damaged.flac'))?.status).toBe('failed');
    expect(row?.status).toBe('done');
    const folder = join(out, row?.output ?? '');
    const file = transcriptFileSchema.parse(JSON.parse(await readFile(join(folder, 'transcript.json'), 'utf8')));
    expect(file.utterances.map(({ text }) => text)).toEqual(['The conference has been extended.']);
    expect(await readFile(join(folder, 'transcript.srt'), 'utf8')).toContain('The conference has been extended.');
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('The conference has been extended.');
  });

  it('fails the file with a code for a language that the network does not know', async () => {
    const refused = await run({
      inputs: [join(videos, 'prompt.flac')],
      out: join(work, 'german'),
      packs: [WHISPER],
      language: 'de',
      offline: true,
    });
    expect(refused.rows[0]).toMatchObject({ status: 'failed', error: { code: 'EARSIGHT_LANGUAGE_UNKNOWN' } });
  });
});
