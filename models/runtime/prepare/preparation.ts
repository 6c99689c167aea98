import { Tensor } from 'onnxruntime-node';
import type { BlockShape, Elements, FramePreparation, TensorPreparation } from '../model-spec.js';

/** One buffer that grows to the largest batch: a new one for each batch would be tens of megabytes of garbage a second. */
export class ReusedFloats {
  private store = new Float32Array(0);

  take(length: number): Float32Array {
    if (this.store.length < length) this.store = new Float32Array(length);
    return this.store.subarray(0, length);
  }
}

/** Converts a batch to the feeds of a network. The feeds are valid until the next call, which reuses their buffers. */
export type Prepare = (
  views: readonly Elements[],
  shapes: readonly BlockShape[],
  count: number,
) => Record<string, Tensor>;

export function preparationFor(
  preparation: FramePreparation | TensorPreparation,
  inputNames: readonly string[],
): Prepare {
  switch (preparation.kind) {
    case 'frames':
      return frames(preparation);
    case 'tensors':
      return tensors(preparation, inputNames);
  }
}

function frames(frame: FramePreparation): Prepare {
  const tables = pixelTables(frame);
  const buffer = new ReusedFloats();
  return ([view], [shape], count) => {
    if (!(view instanceof Uint8Array)) throw new Error('frames are uint8');
    const [height = 0, width = 0] = shape?.dims ?? [];
    const pixels = width * height;
    const planes = buffer.take(count * pixels * 3);
    for (let item = 0; item < count; item++) planesFromFrame(view, item * pixels * 3, pixels, tables, planes);
    return { [frame.input]: new Tensor('float32', planes, [count, 3, height, width]) };
  };
}

/** For each plane, in the order of the network: the byte of an rgb24 pixel, and the value of each of its 256 levels. */
type PixelTables = readonly { readonly offset: number; readonly levels: Float32Array }[];

function pixelTables({ colour, divide, mean, std }: FramePreparation): PixelTables {
  const offsets = colour === 'rgb' ? [0, 1, 2] : [2, 1, 0];
  return offsets.map((offset, plane) => ({
    offset,
    levels: Float32Array.from({ length: 256 }, (_, level) => (level / divide - (mean[plane] ?? 0)) / (std[plane] ?? 1)),
  }));
}

/** Writes one rgb24 frame, which begins at byte `from`, as three planes that begin at the same index of `planes`. */
function planesFromFrame(
  bytes: Uint8Array,
  from: number,
  pixels: number,
  tables: PixelTables,
  planes: Float32Array,
): void {
  let to = from;
  for (const { offset, levels } of tables) {
    let at = from + offset;
    for (let pixel = 0; pixel < pixels; pixel++, at += 3) planes[to++] = levels[bytes[at] ?? 0] ?? 0;
  }
}

/** Inputs that the network does not have are left out: exports of one architecture differ in the attention mask. */
function tensors({ inputs }: TensorPreparation, inputNames: readonly string[]): Prepare {
  return (views, shapes, count) => {
    const feeds: Record<string, Tensor> = {};
    inputs.forEach(({ name }, index) => {
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
