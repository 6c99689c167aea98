import { join } from 'node:path';
import { readLabelFile } from '../manifest/label-file.js';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool } from '../runtime/inference-pool.js';
import { BOX_NUMBERS } from '../runtime/finish/suppress.js';
import type { BlockShape, Finish } from '../runtime/model-spec.js';
import { frameSides, letterboxGeometry, pictureSides } from './letterbox.js';
import { frameBatchSize } from './batch-size.js';
import type { DetectedObject, FrameGeometry, ModelIdentity, ObjectDetector } from './encoder.js';
import { firstResult } from './single-result.js';

/** The demo of YOLOX shows boxes with a score from 0.3, and treats two that overlap by 0.45 as one object. */
const PRESENT_FROM = 0.3;
const MAX_OVERLAP = 0.45;

/** More objects in one picture are a crowd. The evaluation of COCO counts 100 per picture. */
const MAX_BOXES = 100;

/** Opens an object detector: letterboxed rgb24 frames in, boxes in fractions of the displayed picture out. */
export async function openObjects(
  identity: ModelIdentity,
  folder: string,
  model: ModelOf<'objects'>,
  pool: InferencePool,
): Promise<ObjectDetector> {
  const { colour, divide, mean, std, letterbox: side } = model.input.image;
  const { boxes } = model.output;
  const geometry = letterboxGeometry(model);
  const classes = await readLabelFile(join(folder, model.labels.path), model.labels.format);
  const network = await pool.load({
    name: model.name,
    path: join(folder, model.files[0]?.path ?? ''),
    preparation: { kind: 'frames', input: model.input.name, colour, divide, mean, std },
    outputs: [boxes],
    finish: finishOf(model, classes.length),
    singly: model.input.shape[0] === 1,
    maxBatch: model.input.shape[0] === 1 ? 1 : frameBatchSize(pool.device),
    warmUp: [[{ type: 'uint8', dims: warmUpDims(geometry) }]],
  });
  return {
    identity,
    geometry,
    classes,
    presentFrom: model.output.presentFrom ?? PRESENT_FROM,
    detect: async (frames, count, displayAspect, signal) => {
      const { width, height } = frameSides(side, frames.length / count, displayAspect);
      const dims = [height, width, 3];
      const rows = firstResult(await network.run([{ type: 'uint8', dims, data: frames }], count, signal));
      const size = MAX_BOXES * BOX_NUMBERS;
      return Array.from({ length: count }, (_, index) =>
        objectsIn(rows.subarray(index * size, (index + 1) * size), side, displayAspect, classes),
      );
    },
  };
}

/** For a network with free sides, those of a 16:9 video. */
function warmUpDims({ width, height, multiple }: FrameGeometry): BlockShape['dims'] {
  return [multiple === undefined ? height : Math.ceil((9 / 16) * (height / multiple)) * multiple, width, 3];
}

function finishOf({ input, output }: ModelOf<'objects'>, classes: number): Finish {
  const { presentFrom = PRESENT_FROM, minScore = presentFrom, maxOverlap = MAX_OVERLAP } = output;
  const shared = { minScore, maxOverlap, maxBoxes: MAX_BOXES };
  return output.decoder === 'yolox'
    ? { kind: 'yolox', size: input.image.letterbox, strides: output.strides, ...shared }
    : { kind: 'centernet', stride: output.stride, classes, ...shared };
}

/** Converts rows of [class, score, x, y, width, height] to objects, and undoes the letterbox. */
export function objectsIn(
  rows: Float32Array,
  side: number,
  displayAspect: number,
  classes: readonly string[],
): DetectedObject[] {
  const picture = pictureSides(side, displayAspect);
  const found: DetectedObject[] = [];
  for (let at = 0; at < rows.length; at += BOX_NUMBERS) {
    const [index = 0, confidence = 0, left = 0, top = 0, width = 0, height = 0] = rows.subarray(at, at + BOX_NUMBERS);
    if (confidence === 0) break;
    const x = clamp(left / picture.width);
    const y = clamp(top / picture.height);
    found.push({
      label: classes[index] ?? '',
      confidence,
      x,
      y,
      width: clamp((left + width) / picture.width) - x,
      height: clamp((top + height) / picture.height) - y,
    });
  }
  return found;
}

function clamp(fraction: number): number {
  return Math.min(Math.max(fraction, 0), 1);
}
