import { fromFloat16, toFloat16 } from './float16.js';

/** Element types the author speaks, with ONNX's code (TensorProto.DataType) and the bytes an element takes. */
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

/** Elements as they lie in memory; float16 as its bits. */
export type TensorData =
  Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array | BigInt64Array | Uint16Array;

/** What a caller may give for elements: real numbers, whatever the element type; converted once. */
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

/** The real numbers behind stored elements. */
export function decode(dtype: Dtype, data: TensorData): ArrayLike<number> {
  if (data instanceof BigInt64Array) return Array.from(data, Number);
  if (dtype === 'float16' && data instanceof Uint16Array) return fromFloat16(data);
  return data;
}

/** Little-endian bytes of `data`, without a copy. */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Elements from little-endian bytes (copied, so that any alignment will do). */
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
