import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractFor, runStage } from '../testing/run-stage.js';
import { loadPacks } from '../../models/packs/load-packs.js';
import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import { resolvePacks } from '../../models/packs/resolve-packs.js';
import { InferencePool } from '../../models/runtime/inference-pool.js';
import { audioFileSchema, type AudioFile } from '../../core/schemas/audio.js';
import { soundStage } from './sound-stage.js';

const LITE = '../shared/models/lite';
const CHAINSAW = '../shared/media/audio/esc10/chainsaw';
const JFK = '../shared/media/audio/jfk.flac';
let work = '';

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'earsight-sound-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe('soundStage', () => {
  it('measures onset, silences, loudness and waveform of a tone that starts and stops', async () => {
    // A 1 kHz sine of amplitude 0.25 from 1.5 s to 3 s in four seconds of silence.
    const path = join(work, 'tone.wav');
    const tone = "aevalsrc='if(between(t,1.5,3),0.25*sin(2*PI*1000*t),0)':s=48000:d=4";
    await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', tone, path]);
    const file = await soundOf(path);
    expect(file.onsetsSec[0]).toBeCloseTo(1.5, 1);
    expect(file.silences.length).toBe(2);
    expect(file.silences[0]).toMatchObject({ startSec: 0, endSec: expect.closeTo(1.5, 1) as number });
    expect(file.silences[1]).toMatchObject({ startSec: expect.closeTo(3, 1) as number, endSec: 4 });
    // Full segment of the tone: amplitude 0.25 is -15 dBFS RMS, K-weighting adds 0.0 dB at 1 kHz after its -0.691 offset.
    expect(file.segmentLufs.length).toBe(4);
    expect(file.segmentLufs[0]).toBeNull();
    expect(file.segmentLufs[2]).toBeGreaterThan(-17);
    expect(file.segmentLufs[2]).toBeLessThan(-14);
    expect(file.integratedLufs).toBeGreaterThan(-18);
    expect(Math.max(...file.waveform.peaks)).toBeCloseTo(0.25, 1);
    expect(file.waveform.peaks.length * file.waveform.binSec).toBeCloseTo(4, 1);
    expect(file.speech).toBeNull();
  });

  it('writes empty measurements for a film without sound', async () => {
    const path = join(work, 'film.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc=d=1:s=64x48:r=10'];
    await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', ...source, path]);
    expect(await soundOf(path)).toMatchObject({
      integratedLufs: null,
      segmentLufs: [null],
      onsetsSec: [],
      silences: [],
      waveform: { peaks: [] },
    });
  });

  it.skipIf(!existsSync(JFK))(
    'finds onsets and loudness in recorded speech (needs ../shared/media/audio)',
    async () => {
      const file = await soundOf(JFK);
      expect(file.onsetsSec.length).toBeGreaterThan(10);
      expect(file.segmentLufs.filter((lufs) => lufs !== null).length).toBe(file.segmentLufs.length);
    },
  );
});

describe.skipIf(!existsSync(JFK) || !existsSync(LITE))('soundStage with the lite pack (needs ../shared)', () => {
  let pool: InferencePool;
  let packs: LoadedPacks;

  beforeAll(async () => {
    pool = await InferencePool.open({ device: 'cpu', threads: 1 });
    packs = await loadPacks(await resolvePacks([LITE], { cacheDir: work }), pool);
  });
  afterAll(() => pool.close());

  it('finds speech where somebody talks and nowhere else', async () => {
    // Three seconds of silence, eleven of speech, three of silence.
    const path = join(work, 'padded.wav');
    const pad = ['-af', 'adelay=3000:all=1,apad=pad_dur=3', '-ar', '16000', path];
    await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', '-i', JFK, ...pad]);
    const { speech, silences } = await soundOf(path, packs);
    const spans = speech ?? [];
    const spoken = spans.reduce((sum, { startSec, endSec }) => sum + endSec - startSec, 0);
    expect(spans.length).toBeGreaterThan(0);
    expect(Math.min(...spans.map(({ startSec }) => startSec))).toBeGreaterThan(2.9);
    expect(Math.max(...spans.map(({ endSec }) => endSec))).toBeLessThan(14.2);
    expect(spoken).toBeGreaterThan(6);
    expect(silences[0]?.startSec).toBe(0);
    expect(silences[0]?.endSec).toBeGreaterThan(2.9);
  });

  it('finds no speech in the sound of a chainsaw', async () => {
    const [name] = (await readdir(CHAINSAW)).sort();
    const { speech } = await soundOf(join(CHAINSAW, name ?? ''), packs);
    expect(speech).toEqual([]);
  });
});

async function soundOf(path: string, packs: LoadedPacks | null = null): Promise<AudioFile> {
  const extract = await extractFor(path, work);
  const { folder } = await runStage(soundStage, {}, path, work, { extract }, packs);
  return audioFileSchema.parse(JSON.parse(await readFile(join(folder, 'audio.json'), 'utf8')));
}
