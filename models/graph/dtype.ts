import { fromFloat16, toFloat16 } from './float16.js';

/** The supported element types, with ONNX's code (TensorProto.DataType) and the size of an element in bytes. */
export const DTYPES = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  float64: { code: 11, bytes: 8 },
} as const;

export type Dtype = keyof typeof DTYPES;

/** Elements as they are stored in memory; float16 elements are stored as their 16 bits. */
export type TensorData =
  Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array | BigInt64Array | Uint16Array;

/** Elements as a caller may give them: real numbers, which are converted once to the tensor's element type. */
export type Values = ArrayLike<number> | BigInt64Array;

export function isFloat(dtype: Dtype): boolean {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'float64';
}

export function dtypeOfCode(code: number): Dtype | undefined {
  for (const [name, { code: candidate }] of Object.entries(DTYPES)) if (candidate === code) return name as Dtype;
  return undefined;
}

export function encode(dtype: Dtype, values: Values): TensorData {
  if (values instanceof BigInt64Array) {
    if (dtype === 'int64') return values;
    return encode(dtype, Array.from(values, Number));
  }
  switch (dtype) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case 'float64':
      return values instanceof Float64Array ? values : Float64Array.from(values);
    case 'float16':
      return toFloat16(values);
    case 'int32':
      return Int32Array.from(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values, BigInt));
    case 'int8':
      return Int8Array.from(values);
    case 'bool':
      return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
    case 'uint8':
      return Uint8Array.from(values);
  }
}

/** Converts stored elements back to real numbers. */
export function decode(dtype: Dtype, data: TensorData): ArrayLike<number> {
  if (data instanceof BigInt64Array) return Array.from(data, Number);
  if (dtype === 'float16' && data instanceof Uint16Array) return fromFloat16(data);
  return data;
}

/** The bytes of `data` (little-endian), as a view without a copy. */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Reads elements from little-endian bytes. The bytes are copied, because their offset may not be aligned. */
export function fromBytes(dtype: Dtype, bytes: Uint8Array): TensorData {
  const { buffer } = Uint8Array.from(bytes);
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
    case 'float16':
      return new Uint16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'bool':
    case 'uint8':
      return new Uint8Array(buffer);
  }
}
