import { EarsightError } from '../../../core/errors.js';
import { fromFloat16 } from '../float16.js';
import type { WeightEntry } from './graph-model.js';
import type { Constant } from './value.js';

/** Size in bytes of an element in the file, by its (possibly quantised) type. */
const STORED_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  float16: 2,
  uint16: 2,
  uint8: 1,
};

/**
 * Reads the weights of one group, which are stored one after another in `bytes`. Quantised weights are dequantised:
 * float16 is widened, uint8 and uint16 are converted by `value × scale + min` (TensorFlow.js' rule).
 * @throws EARSIGHT_MODEL_UNREADABLE if there are too few or too many bytes, or a weight has an unsupported type.
 */
export function readWeights(entries: readonly WeightEntry[], bytes: Uint8Array): ReadonlyMap<string, Constant> {
  const weights = new Map<string, Constant>();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of entries) {
    const stored = quantization?.dtype ?? dtype;
    const size = STORED_BYTES[stored];
    if (size === undefined || !['float32', 'int32', 'bool'].includes(dtype))
      throw unreadable(`the weight ${name} is of the type ${stored}`);
    const length = shape.reduce((product, side) => product * side, size);
    if (offset + length > bytes.length) throw unreadable(`its weights end before ${name}`);
    // A copy, because an offset in the file need not be a multiple of the element's size.
    const raw = new Uint8Array(bytes.subarray(offset, offset + length)).buffer;
    offset += length;
    const { scale = 1, min = 0 } = quantization ?? {};
    const values = numbersOf(stored, raw);
    const affine = stored === 'uint8' || stored === 'uint16';
    weights.set(name, {
      kind: 'constant',
      dtype: dtype === 'int32' ? 'int64' : dtype === 'bool' ? 'bool' : 'float32',
      shape,
      values: affine ? Float32Array.from(values, (value) => value * scale + min) : values,
    });
  }
  if (offset !== bytes.length) throw unreadable(`${bytes.length - offset} bytes of weights belong to nothing`);
  return weights;
}

function numbersOf(stored: string, raw: ArrayBuffer): ArrayLike<number> & Iterable<number> {
  switch (stored) {
    case 'float16':
      return fromFloat16(new Uint16Array(raw));
    case 'uint16':
      return new Uint16Array(raw);
    case 'int32':
      return new Int32Array(raw);
    case 'float32':
      return new Float32Array(raw);
    default:
      return new Uint8Array(raw);
  }
}

function unreadable(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_MODEL_UNREADABLE', { reason });
}
