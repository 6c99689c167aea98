import { Tensor } from 'onnxruntime-node';
import type {
  BlockShape,
  Elements,
  FramePreparation,
  Preparation,
  SoundPreparation,
  StreamPreparation,
  TensorPreparation,
} from '../model-spec.js';
import { pixelTables, planesFromFrame } from './pixels.js';
import { ReusedFloats } from './reused-floats.js';

/** A batch as the network's feeds. What it returns is valid until the next call: its buffers are used again. */
export type Prepare = (
  views: readonly Elements[],
  shapes: readonly BlockShape[],
  count: number,
) => Record<string, Tensor>;

export function preparationFor(
  how: Exclude<Preparation, SoundPreparation | StreamPreparation>,
  inputNames: readonly string[],
): Prepare {
  switch (how.kind) {
    case 'frames':
      return frames(how);
    case 'tensors':
      return tensors(how, inputNames);
  }
}

function frames(how: FramePreparation): Prepare {
  const tables = pixelTables(how);
  const buffer = new ReusedFloats();
  return ([view], [shape], count) => {
    if (!(view instanceof Uint8Array)) throw new Error('frames are uint8');
    const [height = 0, width = 0] = shape?.dims ?? [];
    const pixels = width * height;
    const planes = buffer.take(count * pixels * 3);
    for (let item = 0; item < count; item++) planesFromFrame(view, item * pixels * 3, pixels, tables, planes);
    return { [how.input]: new Tensor('float32', planes, [count, 3, height, width]) };
  };
}

/** Inputs that this network does not have are left out: exports of one architecture differ in their attention mask. */
function tensors(how: TensorPreparation, inputNames: readonly string[]): Prepare {
  return (views, shapes, count) => {
    const feeds: Record<string, Tensor> = {};
    how.inputs.forEach(({ name }, index) => {
      const view = views[index];
      const dims = [count, ...(shapes[index]?.dims ?? [])];
      if (view && inputNames.includes(name)) feeds[name] = tensorOf(view, dims);
    });
    return feeds;
  };
}

function tensorOf(view: Elements, dims: readonly number[]): Tensor {
  if (view instanceof Float32Array) return new Tensor('float32', view, dims);
  if (view instanceof Uint8Array) return new Tensor('uint8', view, dims);
  if (view instanceof Int32Array) return new Tensor('int32', view, dims);
  return new Tensor('int64', view, dims);
}
