/**
 * Conversion to IEEE 754 binary16 and back, because Node 20 has no Float16Array. Rounds to nearest, ties to even; NaN
 * and infinities are preserved.
 */
const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

function toFloat16Bits(value: number): number {
  single[0] = value;
  const bits = word[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 0x477ff000 is 65520, the smallest float32 that rounds to infinity: 65504 is the largest float16.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // 0x38800000 is 2^-14, the smallest normal float16. Below it, numbers are multiples of 2^-24.
  if (magnitude < 0x38800000) return sign | roundTiesToEven(Math.abs(value) * 2 ** 24);
  const rebased = magnitude - 0x38000000;
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function fromFloat16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function toFloat16(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(values, toFloat16Bits);
}

export function fromFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, fromFloat16Bits);
}
