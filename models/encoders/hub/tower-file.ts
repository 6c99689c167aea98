import { posix } from 'node:path';
import { EarsightError } from '../../../core/errors.js';
import type { ModelOf } from '../../manifest/manifest.js';

/**
 * Returns the path of a tower relative to the folder in the hub's layout, such as `onnx/vision_model.onnx`. The hub offers
 * several precisions; the manifest lists the one to use. @throws EARSIGHT_PACK_INVALID
 */
export function towerFile(
  model: ModelOf<'image-text' | 'audio-text' | 'transcriber'>,
  tower: 'vision_model' | 'audio_model' | 'text_model' | 'encoder_model' | 'decoder_model_merged',
): string {
  const prefix = posix.join(model.folder, 'onnx', tower);
  const file = model.files.find(({ path }) => path.startsWith(prefix) && path.endsWith('.onnx'));
  if (file) return posix.relative(model.folder, file.path);
  throw new EarsightError('EARSIGHT_PACK_INVALID', { path: model.folder, reason: `it lists no ${prefix}….onnx` });
}
