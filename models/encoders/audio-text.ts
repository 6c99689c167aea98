import { join } from 'node:path';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import type { ModelIdentity, SoundEncoder, TextEncoder } from './encoder.js';
import { towerFile } from './hub/tower-file.js';
import { readSoundPreprocessing } from './hub/preprocessor-config.js';
import { openTextTower } from './hub/text-tower.js';
import { openSoundNetwork } from './sound-network.js';

/**
 * CLAP repeats a short window up to ten seconds, so every width costs a whole spectrogram. The default is therefore one
 * width: 3 s, with which the tagger of the lite pack recognised best for its length (ESC-10). A pack may name its own.
 */
const DEFAULT_WINDOWS_SEC = [3];

/** Opens a CLAP in the hub's layout: embeds windows of sound and texts as unit vectors of one space. */
export async function openAudioText(
  identity: ModelIdentity,
  packFolder: string,
  model: ModelOf<'audio-text'>,
  pool: InferencePool,
): Promise<{ sounds: SoundEncoder; text: TextEncoder }> {
  const folder = join(packFolder, model.folder);
  const { mel, samples } = await readSoundPreprocessing(folder);
  const encode = await openSoundNetwork(
    {
      name: model.name,
      path: join(folder, towerFile(model, 'audio_model')),
      preparation: { kind: 'sound', input: 'input_features', mel, layout: 'frames-bands', repeatToSamples: samples },
      outputs: ['audio_embeds'],
      finish: { kind: 'l2' },
      warmUpLengths: [mel.sampleRateHz],
    },
    pool,
  );
  const probe = await encode(new Float32Array(mel.sampleRateHz), [{ start: 0, length: mel.sampleRateHz }]);
  const { prompt, logitScale, windowsSec = DEFAULT_WINDOWS_SEC } = model;
  const text = openTextTower({ identity, folder, network: towerFile(model, 'text_model'), prompt, logitScale }, pool);
  const { sampleRateHz } = mel;
  const sounds = { identity, sampleRateHz, windowsSec, width: probe.length, classes: [], encode };
  return { sounds: { ...sounds, ends: 'inside', meaning: 'embedding' }, text };
}
