import { join } from 'node:path';
import type { FrameGeometry } from './encoder.js';
import { readImagePreprocessing, readSoundPreprocessing } from './hub/preprocessor-config.js';
import type { ManifestModel, ModelOf } from '../manifest/manifest.js';

/** What a network wants of the extract stage. */
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
    case 'audio-text':
      return { sampleRateHz: (await readSoundPreprocessing(join(folder, model.folder))).mel.sampleRateHz };
  }
}

export function cropGeometry({ input }: ModelOf<'image-tags'>): FrameGeometry {
  const { centreCrop: side, resizeShortSide: shortSide } = input.image;
  return { width: side, height: side, fit: 'crop', shortSide };
}

/** Networks that are shown parts of a frame do not mind where its grey ends: as for a detector of free sides, to share one. */
const FRAME_MULTIPLE = 32;

/** A network of free sides (`32*height`) is spared most of the grey: the shorter side ends at the next multiple. */
export function letterboxGeometry({ role, input }: ModelOf<'objects' | 'faces' | 'poses'>): FrameGeometry {
  const { letterbox: side, padValue: pad } = input.image;
  const multiple = role === 'objects' ? multipleOf(input.shape) : FRAME_MULTIPLE;
  return { width: side, height: side, fit: 'letterbox', pad, ...(multiple === null ? {} : { multiple }) };
}

/** Of what the sides of [batch, channels, height, width] are multiples; null where they are fixed. */
function multipleOf(shape: readonly (string | number)[]): number | null {
  const [high, wide] = shape.slice(2).map((side) => /^(\d+)\*\w+$/.exec(String(side))?.[1]);
  return high !== undefined && high === wide ? Number(high) : null;
}
