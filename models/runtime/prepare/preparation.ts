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
import { LogMel } from './log-mel.js';
import { pixelTables, planesFromFrame } from './pixels.js';
import { repeatPad } from './repeat-pad.js';

/** A batch as the network's feeds. What it returns is valid until the next call: its buffers are used again. */
export type Prepare = (
  views: readonly Elements[],
  shapes: readonly BlockShape[],
  count: number,
) => Record<string, Tensor>;

export function preparationFor(how: Exclude<Preparation, StreamPreparation>, inputNames: readonly string[]): Prepare {
  switch (how.kind) {
    case 'frames':
      return frames(how);
    case 'sound':
      return sound(how);
    case 'tensors':
      return tensors(how, inputNames);
  }
}

function frames(how: FramePreparation): Prepare {
  const tables = pixelTables(how);
  const pixels = how.width * how.height;
  const buffer = new ReusedFloats();
  return ([view], _shapes, count) => {
    if (!(view instanceof Uint8Array)) throw new Error('frames are uint8');
    const planes = buffer.take(count * pixels * 3);
    for (let item = 0; item < count; item++) planesFromFrame(view, item * pixels * 3, pixels, tables, planes);
    return { [how.input]: new Tensor('float32', planes, [count, 3, how.height, how.width]) };
  };
}

function sound(how: SoundPreparation): Prepare {
  const mel = new LogMel(how.mel);
  const buffer = new ReusedFloats();
  const { repeatToSamples, layout } = how;
  const padded = new Float32Array(repeatToSamples ?? 0);
  // Windows around neighbouring segments overlap; segments last a second unless the user says otherwise.
  const shift = how.mel.sampleRateHz;
  return ([view], shapes, count) => {
    const length = shapes[0]?.dims[0];
    if (!(view instanceof Float32Array) || length === undefined) throw new Error('sound is float32 [samples]');
    const frameCount = mel.framesOf(repeatToSamples ?? length);
    const size = frameCount * how.mel.melBins;
    const pictures = buffer.take(count * size);
    for (let item = 0; item < count; item++) {
      const samples = view.subarray(item * length, (item + 1) * length);
      const picture = pictures.subarray(item * size, (item + 1) * size);
      const before = item > 0 ? view.subarray((item - 1) * length, item * length) : null;
      const known =
        before && continues(before, samples, shift)
          ? { picture: pictures.subarray((item - 1) * size, item * size), shift }
          : null;
      if (repeatToSamples === null) mel.write(samples, picture, layout, known);
      else mel.write(padded, picture, layout, repeatPad(samples, padded));
    }
    const dims = layout === 'bands-frames' ? [how.mel.melBins, frameCount] : [frameCount, how.mel.melBins];
    return { [how.input]: new Tensor('float32', pictures, [count, 1, ...dims]) };
  };
}

/** Whether a window is the one before it, `shift` samples later. */
function continues(before: Float32Array, samples: Float32Array, shift: number): boolean {
  const shared = samples.length - shift;
  return shared > 0 && bytesOf(before.subarray(shift)).equals(bytesOf(samples.subarray(0, shared)));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
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

/** One buffer that grows to the largest batch: a fresh one a batch would be tens of megabytes of garbage a second. */
class ReusedFloats {
  private store = new Float32Array(0);

  take(length: number): Float32Array {
    if (this.store.length < length) this.store = new Float32Array(length);
    return this.store.subarray(0, length);
  }
}
