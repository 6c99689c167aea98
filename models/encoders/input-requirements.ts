import { join } from 'node:path';
import type { FrameGeometry } from './encoder.js';
import { readImagePreprocessing, readSoundPreprocessing } from './hub/preprocessor-config.js';
import { readWhisperConfig } from './hub/whisper-config.js';
import { letterboxGeometry } from './letterbox.js';
import type { ManifestModel, ModelOf } from '../manifest/manifest.js';

/** The input that the extract stage must make for a network. */
export interface InputRequirements {
  readonly geometry?: FrameGeometry;
  readonly sampleRateHz?: number;
}

export async function inputRequirementsOf(model: ManifestModel, folder: string): Promise<InputRequirements> {
  switch (model.role) {
    case 'image-tags':
      return { geometry: cropGeometry(model) };
    case 'objects':
    case 'faces':
    case 'poses':
      return { geometry: letterboxGeometry(model) };
    case 'audio-tags':
    case 'speech-activity':
      return { sampleRateHz: model.input.audio.sampleRateHz };
    case 'image-text':
      return { geometry: (await readImagePreprocessing(join(folder, model.folder))).geometry };
    case 'transcriber':
      return { sampleRateHz: (await readWhisperConfig(join(folder, model.folder))).preparation.sampleRateHz };
    case 'audio-text':
      return { sampleRateHz: (await readSoundPreprocessing(join(folder, model.folder))).mel.sampleRateHz };
  }
}

export function cropGeometry({ input }: ModelOf<'image-tags'>): FrameGeometry {
  const { centreCrop: side, resizeShortSide: shortSide } = input.image;
  return { width: side, height: side, fit: 'crop', shortSide };
}
