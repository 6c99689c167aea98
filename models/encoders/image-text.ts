import { join } from 'node:path';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import type { BlockShape } from '../runtime/model-spec.js';
import { frameBatchSize } from './batch-size.js';
import type { FrameEncoder, ModelIdentity, TextEncoder } from './encoder.js';
import { towerFile } from './hub/tower-file.js';
import { readImagePreprocessing } from './hub/preprocessor-config.js';
import { openTextTower } from './hub/text-tower.js';
import { firstResult } from './single-result.js';

/** Opens a CLIP in the hub's layout: embeds frames and texts as unit vectors of one space. */
export async function openImageText(
  identity: ModelIdentity,
  packFolder: string,
  model: ModelOf<'image-text'>,
  pool: InferencePool,
): Promise<{ frames: FrameEncoder; text: TextEncoder }> {
  const folder = join(packFolder, model.folder);
  const { geometry, divide, mean, std } = await readImagePreprocessing(folder);
  const { width, height } = geometry;
  const shape: BlockShape = { type: 'uint8', dims: [height, width, 3] };
  const network = await pool.load({
    name: model.name,
    path: join(folder, towerFile(model, 'vision_model')),
    preparation: { kind: 'frames', input: 'pixel_values', colour: 'rgb', divide, mean, std },
    outputs: ['image_embeds'],
    finish: { kind: 'l2' },
    maxBatch: frameBatchSize(pool.device),
    warmUp: [[shape]],
  });
  const run = async (frames: Uint8Array, count: number, signal?: AbortSignal): Promise<Float32Array> =>
    firstResult(await network.run([{ ...shape, data: frames }], count, signal));
  const probe = await run(new Uint8Array(width * height * 3), 1);
  const { prompt, logitScale } = model;
  const text = openTextTower({ identity, folder, network: towerFile(model, 'text_model'), prompt, logitScale }, pool);
  const frames = { identity, geometry, meaning: 'embedding', width: probe.length, classes: [], encode: run } as const;
  return { frames, text };
}
