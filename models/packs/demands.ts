import { join } from 'node:path';
import type { FrameGeometry } from '../encoders/encoder.js';
import { readImagePreprocessing, readSoundPreprocessing } from '../encoders/hub/preprocessor-config.js';
import type { ManifestModel, ModelOf } from './manifest.js';

/** What a network wants of the extract stage. */
export interface Demands {
  readonly geometry?: FrameGeometry;
  readonly sampleRateHz?: number;
}

export async function demandsOf(model: ManifestModel, folder: string): Promise<Demands> {
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
    case 'audio-text':
      return { sampleRateHz: (await readSoundPreprocessing(join(folder, model.folder))).mel.sampleRateHz };
  }
}

export function cropGeometry({ input }: ModelOf<'image-tags'>): FrameGeometry {
  const { centreCrop: side, resizeShortSide: shortSide } = input.image;
  return { width: side, height: side, fit: 'crop', shortSide };
}

export function letterboxGeometry({ input }: ModelOf<'objects' | 'faces' | 'poses'>): FrameGeometry {
  const { letterbox: side, padValue: pad } = input.image;
  return { width: side, height: side, fit: 'letterbox', pad };
}
