import { join } from 'node:path';
import { countBadSamples } from '../sound/count-bad-samples.js';
import { insertSilentReadings, insertSilentSamples } from '../sound/insert-silence.js';
import { silencesToCut, type CutSilence } from '../timeline/clock-filters.js';
import { LOUDNESS_FILE, type Decoded, type DecodedSound, type DecodeHooks } from './decode.js';
import type { DecodeRequest } from './decode-plan.js';
import { decodeWithResampling } from './decode-with-resampling.js';

/**
 * Decodes a file, whatever its sound is like: see `decodeWithResampling`. Long silences, which ffmpeg would hold in memory,
 * are cut out before the decode and inserted afterwards; samples that are no numbers are counted.
 * @throws what `decodeWithResampling` throws
 */
export async function decodeSource(request: DecodeRequest, hooks: DecodeHooks): Promise<Decoded> {
  const decoded = await decodeWithResampling(request, hooks);
  if (!request.audio || !decoded.sound) return decoded;
  const bad = await countBadSamples(request, request.audio, hooks);
  const cuts = silencesToCut(request.clock?.soundGaps ?? []);
  const sound = cuts.length === 0 ? decoded.sound : await insertSilences(request.folder, decoded.sound, cuts);
  return { ...decoded, sound: { ...sound, bad } };
}

async function insertSilences(folder: string, sound: DecodedSound, cuts: readonly CutSilence[]): Promise<DecodedSound> {
  const totalSec = cuts.reduce((sum, { lengthSec }) => sum + lengthSec, 0);
  for (const { file, sampleRateHz } of sound.waves) await insertSilentSamples(join(folder, file), sampleRateHz, cuts);
  const readings = await insertSilentReadings(join(folder, LOUDNESS_FILE), cuts);
  const moved = (timeSec: number): number =>
    cuts.reduce((sum, { atSec, lengthSec }) => (timeSec >= atSec ? sum + lengthSec : sum), timeSec);
  return {
    ...sound,
    endSec: sound.endSec + totalSec,
    waves: sound.waves.map((wave) => ({ ...wave, samples: wave.samples + totalSec * wave.sampleRateHz })),
    loudnessRows: sound.loudnessRows + readings,
    opposed: sound.opposed.map((span) => ({ ...span, startSec: moved(span.startSec), endSec: moved(span.endSec) })),
  };
}
