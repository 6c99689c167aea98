import { join } from 'node:path';
import { cropGeometry } from './input-requirements.js';
import { readLabelFile } from '../manifest/label-file.js';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import type { BlockShape } from '../runtime/model-spec.js';
import { frameBatchSize } from './batch-size.js';
import type { FrameEncoder, ModelIdentity } from './encoder.js';
import { checkWidth, firstResult } from './single-result.js';

/** Opens an image classifier: rgb24 frames in, scores of its own classes out. */
export async function openImageTags(
  identity: ModelIdentity,
  folder: string,
  model: ModelOf<'image-tags'>,
  pool: InferencePool,
): Promise<FrameEncoder> {
  const { colour, divide, mean, std, centreCrop: side } = model.input.image;
  const shape: BlockShape = { type: 'uint8', dims: [side, side, 3] };
  const classes = await readLabelFile(join(folder, model.labels.path), model.labels.format);
  const network = await pool.load({
    name: model.name,
    path: join(folder, model.files[0]?.path ?? ''),
    preparation: { kind: 'frames', input: model.input.name, colour, divide, mean, std },
    outputs: [model.output.scores],
    finish: { kind: model.output.activation },
    maxBatch: frameBatchSize(pool.device),
    warmUp: [[shape]],
  });
  const encode: FrameEncoder['encode'] = async (frames, count, signal) =>
    firstResult(await network.run([{ ...shape, data: frames }], count, signal));
  checkWidth(folder, (await encode(new Uint8Array(side * side * 3), 1)).length, classes);
  const geometry = cropGeometry(model);
  return { identity, geometry, meaning: model.output.activation, width: classes.length, classes, encode };
}
