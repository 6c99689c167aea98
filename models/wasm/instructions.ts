import { leb128, signedLeb128 } from './encoding.js';

/** The types of WebAssembly that the kernels use: `i32` for addresses and counts, and `v128` for vectors of 128 bits. */
export type ValueType = 'i32' | 'v128';

/** An expression: the instructions that leave its value on the stack. */
export interface Value<Type extends ValueType> {
  readonly type: Type;
  readonly code: readonly number[];
}
export type I32 = Value<'i32'>;
export type V128 = Value<'v128'>;

/** Vector instructions begin with 0xfd. Their numbers are those of the WebAssembly core specification 2.0, 5.4.7. */
export function vectorInstruction(number: number): readonly number[] {
  return [0xfd, ...leb128(number)];
}

function vector(...parts: readonly (readonly number[])[]): V128 {
  return { type: 'v128', code: parts.flat() };
}

function unary(number: number): (a: V128) => V128 {
  return (a) => vector(a.code, vectorInstruction(number));
}

function binary(number: number): (a: V128, b: V128) => V128 {
  return (a, b) => vector(a.code, b.code, vectorInstruction(number));
}

function shift(number: number): (a: V128, bits: number) => V128 {
  return (a, bits) => vector(a.code, constant(bits).code, vectorInstruction(number));
}

/** `offset` is added to the address, which need not be aligned. */
function load(number: number): (address: I32, offset?: number) => V128 {
  return (address, offset = 0) => vector(address.code, vectorInstruction(number), [0], leb128(offset));
}

export function constant(value: number): I32 {
  return { type: 'i32', code: [0x41, ...signedLeb128(value)] };
}

export function add(a: I32, b: I32): I32 {
  return { type: 'i32', code: [...a.code, ...b.code, 0x6a] };
}

export function subtract(a: I32, b: I32): I32 {
  return { type: 'i32', code: [...a.code, ...b.code, 0x6b] };
}

export function times(a: I32, factor: number): I32 {
  return { type: 'i32', code: [...a.code, ...constant(factor).code, 0x6c] };
}

export function lessThan(a: I32, b: I32): I32 {
  return { type: 'i32', code: [...a.code, ...b.code, 0x49] };
}

/** The product of two 32-bit integers. */
export function multiply(a: I32, b: I32): I32 {
  return { type: 'i32', code: [...a.code, ...b.code, 0x6c] };
}

export function loadI32(address: I32, offset = 0): I32 {
  return { type: 'i32', code: [...address.code, 0x28, 0, ...leb128(offset)] };
}

/** Loads an unsigned 16-bit integer. */
export function loadU16(address: I32, offset = 0): I32 {
  return { type: 'i32', code: [...address.code, 0x2f, 0, ...leb128(offset)] };
}

/** Replaces one lane of `rest` by a value from memory. */
function loadLane(number: number): (address: I32, offset: number, lane: number, rest: V128) => V128 {
  return (address, offset, lane, rest) =>
    vector(address.code, rest.code, vectorInstruction(number), [0], leb128(offset), [lane]);
}

function literal(bytes: Uint8Array): V128 {
  return vector(vectorInstruction(0x0c), [...bytes]);
}

export const v128 = {
  load: load(0x00),
  /** Loads the first float32 lane; the others are zero. */
  load32Zero: load(0x5c),
  load64Splat: load(0x0a),
  load32Splat: load(0x09),
  load8Lane: loadLane(0x54),
  load16Lane: loadLane(0x55),
  load32Lane: loadLane(0x56),
  and: binary(0x4e),
  /** `a & ~b` */
  andNot: binary(0x4f),
  or: binary(0x50),
  /** Bits of `a` where the mask has ones, and of `b` elsewhere. */
  select: (a: V128, b: V128, mask: V128): V128 => vector(a.code, b.code, mask.code, vectorInstruction(0x52)),
} as const;

export const i8x16 = {
  /** Lanes 0 … 15 are the bytes of `a`, and 16 … 31 those of `b`. */
  shuffle: (a: V128, b: V128, lanes: readonly number[]): V128 => vector(a.code, b.code, vectorInstruction(0x0d), lanes),
  eq: binary(0x23),
  narrowUnsigned: binary(0x66),
  sub: binary(0x71),
  minUnsigned: binary(0x77),
  maxUnsigned: binary(0x79),
} as const;

export const i16x8 = {
  splat: (value: number): V128 => literal(new Uint8Array(Int16Array.from({ length: 8 }, () => value).buffer)),
  pairSumsUnsigned: unary(0x7d),
  narrowSigned: binary(0x85),
  extendLowUnsigned: unary(0x89),
  extendHighUnsigned: unary(0x8a),
  extendLowSigned: unary(0x87),
  extendHighSigned: unary(0x88),
  shiftLeft: shift(0x8b),
  shiftRightSigned: shift(0x8c),
  shiftRightUnsigned: shift(0x8d),
  add: binary(0x8e),
  sub: binary(0x91),
  mul: binary(0x95),
} as const;

export const i32x4 = {
  splat: (value: number): V128 => literal(new Uint8Array(Int32Array.from({ length: 4 }, () => value).buffer)),
  splatOf: (value: I32): V128 => vector(value.code, vectorInstruction(0x11)),
  lane: (a: V128, lane: number): I32 => ({ type: 'i32', code: [...a.code, ...vectorInstruction(0x1b), lane] }),
  shiftRightUnsigned: shift(0xad),
  mul: binary(0xb5),
  min: binary(0xb6),
  max: binary(0xb8),
  pairSumsUnsigned: unary(0x7f),
  extendLowSigned: unary(0xa7),
  extendHighSigned: unary(0xa8),
  shiftRightSigned: shift(0xac),
  add: binary(0xae),
  /** Rounds towards zero; NaN becomes 0. */
  truncate: unary(0xf8),
} as const;

export const i64x2 = {
  splat: (value: bigint): V128 => literal(new Uint8Array(BigInt64Array.of(value, value).buffer)),
  shiftLeft: shift(0xcb),
  shiftRightUnsigned: shift(0xcd),
  sub: binary(0xd1),
} as const;

export const f32x4 = {
  splat: (value: number): V128 => literal(new Uint8Array(Float32Array.from({ length: 4 }, () => value).buffer)),
  of: (...lanes: readonly [number, number, number, number]): V128 =>
    literal(new Uint8Array(Float32Array.from(lanes).buffer)),
  fromI32: unary(0xfa),
  nearest: unary(0x6a),
  /** Comparisons set all bits of a lane in which they are true. */
  lessThan: binary(0x43),
  atMost: binary(0x45),
  atLeast: binary(0x46),
  abs: unary(0xe0),
  add: binary(0xe4),
  sub: binary(0xe5),
  mul: binary(0xe6),
  div: binary(0xe7),
  min: binary(0xe8),
  max: binary(0xe9),
} as const;

export const f64x2 = {
  splat: (value: number): V128 => literal(new Uint8Array(Float64Array.of(value, value).buffer)),
  /** Converts the first two float32 lanes. */
  fromF32: unary(0x5f),
  add: binary(0xf0),
  sub: binary(0xf1),
  mul: binary(0xf2),
  div: binary(0xf3),
  max: binary(0xf5),
} as const;
