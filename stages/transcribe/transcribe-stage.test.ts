import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transcriptFileSchema, type TranscriptFile } from '../../core/schemas/transcript.js';
import { loadPacks } from '../../models/packs/load-packs.js';
import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import { resolvePacks } from '../../models/packs/resolve-packs.js';
import { InferencePool } from '../../models/runtime/inference-pool.js';
import { encodeStage } from '../encode/encode-stage.js';
import { soundStage } from '../sound/sound-stage.js';
import { extractFor, runStage } from '../testing/run-stage.js';
import { listenStage } from './listen-stage.js';
import { transcribeStage } from './transcribe-stage.js';

const WHISPER = '../shared/models/whisper-tiny';
const JFK = '../shared/media/audio/jfk.flac';
const RAIN = '../shared/media/audio/esc10/rain';
let work: string;
let pool: InferencePool;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'earsight-transcribe-'));
  pool = await InferencePool.open({ device: 'cpu', threads: 1 });
});
afterAll(async () => {
  await pool.close();
  await rm(work, { recursive: true, force: true });
});

async function transcriptOf(
  path: string,
  packs: LoadedPacks | null,
  params: { language?: string; off?: boolean; keepDoubtful?: boolean } = {},
): Promise<{ file: TranscriptFile; vtt: string }> {
  const { keepDoubtful = false, ...listening } = params;
  const extract = await extractFor(path, work);
  const sound = await runStage(soundStage, {}, path, work, { extract });
  const encode = await runStage(encodeStage, {}, path, work, { extract });
  const listen = await runStage(listenStage, listening, path, work, { extract, sound, encode }, packs);
  const transcribe = await runStage(transcribeStage, { keepDoubtful }, path, work, { listen });
  const vtt = await readFile(join(transcribe.folder, 'transcript.vtt'), 'utf8');
  return { file: await transcribe.json('transcript.json', transcriptFileSchema), vtt };
}

function generated(name: string, source: string): string {
  const path = join(work, name);
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', source, path]);
  return path;
}

describe('transcribeStage without a transcriber', () => {
  it('writes that nothing is known', async () => {
    const { file, vtt } = await transcriptOf(generated('tone.wav', 'sine=d=1'), null);
    expect(file).toMatchObject({ model: null, utterances: [] });
    expect(vtt).toBe('WEBVTT\n');
  });
});

describe.skipIf(!existsSync(WHISPER) || !existsSync(JFK))('transcribeStage with Whisper (needs ../shared)', () => {
  let packs: LoadedPacks;
  beforeAll(async () => {
    packs = await loadPacks(await resolvePacks([WHISPER], { cacheDir: join(work, 'cache') }), pool);
  });

  it('writes down a sentence to the word, with the times of its words', async () => {
    const { file, vtt } = await transcriptOf(JFK, packs);
    const said = file.utterances.map(({ text }) => text).join(' ');
    expect(said.toLowerCase().replace(/[^a-z ]/g, '')).toBe(
      'and so my fellow americans ask not what your country can do for you ask what you can do for your country',
    );
    expect(file.utterances.flatMap(({ flags }) => flags)).toEqual([]);
    const words = file.utterances.flatMap((utterance) => utterance.words);
    words.slice(1).forEach(({ startSec }, at) => expect(startSec).toBeGreaterThanOrEqual(words[at]?.startSec ?? 99));
    // Where faster-whisper hears them.
    const startOf = (word: string): number => words.find(({ text }) => text.startsWith(word))?.startSec ?? NaN;
    expect(startOf('fellow')).toBeCloseTo(1.44, 0);
    expect(Math.abs(startOf('country') - 6.0)).toBeLessThan(0.2);
    expect(file.model).toMatchObject({ role: 'transcriber', name: 'whisper-tiny' });
    expect(vtt).toContain('fellow America');
  });

  it('keeps the clock of the source behind half a minute of silence, which is not listened to', async () => {
    const path = join(work, 'late.wav');
    const late = ['-f', 'lavfi', '-t', '32', '-i', 'anullsrc=r=16000:cl=mono', '-t', '3', '-i', JFK];
    const join2 = '[1:a]aresample=16000,aformat=channel_layouts=mono[b];[0:a][b]concat=n=2:v=0:a=1';
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', ...late, '-filter_complex', join2, path]);
    const { file } = await transcriptOf(path, packs);
    const first = file.utterances.find(({ flags }) => flags.length === 0);
    expect(first?.text).toContain('fellow America');
    const word = first?.words.find(({ text }) => text.startsWith('fellow'));
    expect(Math.abs((word?.startSec ?? 0) - 33.46)).toBeLessThan(0.3);
  });

  it.skipIf(!existsSync(RAIN))('flags what it hears in rain, and shows it only when it is asked for', async () => {
    const rain = execFileSync('ls', [RAIN], { encoding: 'utf8' }).split('\n')[0] ?? '';
    const { file, vtt } = await transcriptOf(join(RAIN, rain), packs);
    expect(file.utterances.length).toBeGreaterThan(0);
    for (const { flags } of file.utterances) expect(flags.length).toBeGreaterThan(0);
    expect(vtt).toBe('WEBVTT\n');
    expect((await transcriptOf(join(RAIN, rain), packs, { keepDoubtful: true })).vtt).toContain('-->');
  });

  it('writes nothing for silence, for half a second, and for a film without sound', async () => {
    const silence = await transcriptOf(generated('silence.wav', 'anullsrc=d=2'), packs);
    expect(silence.file.utterances).toEqual([]);
    const short = await transcriptOf(generated('short.wav', 'sine=d=0.5'), packs);
    expect(short.file.utterances.filter(({ flags }) => flags.length === 0)).toEqual([]);
    const film = await transcriptOf(generated('film.mp4', 'color=black:d=1:s=64x48:r=10'), packs);
    expect(film.file.utterances).toEqual([]);
  });

  it('fails with a code for a language that the network does not know', async () => {
    await expect(transcriptOf(generated('tone2.wav', 'sine=d=1'), packs, { language: 'de' })).rejects.toMatchObject({
      code: 'EARSIGHT_LANGUAGE_UNKNOWN',
    });
  });
});
