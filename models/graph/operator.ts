import { EarsightError } from '../../core/errors.js';
import { formatShape } from './dim.js';
import type { Dim } from './dim.js';
import { decode, isFloat } from './dtype.js';
import type { Dtype } from './dtype.js';
import type { Attributes, Call, Operator, Tensor } from './ir.js';

/** A tensor, or a number, which becomes a scalar constant with the element type of the other operand. */
export type Operand = Tensor | number;

const registry = new Map<string, Operator>();

/** Declares an operator, so that graphs can be built with it and models that contain it can be read. */
export function declare(
  declaration: Omit<Operator, 'domain' | 'attributes'> & Partial<Pick<Operator, 'domain' | 'attributes'>>,
): Operator {
  const operator: Operator = { domain: '', attributes: {}, ...declaration };
  registry.set(operatorName(operator.domain, operator.type), operator);
  return operator;
}

export function operatorName(domain: string, type: string): string {
  return domain === '' || domain === 'ai.onnx' ? type : `${domain}.${type}`;
}

export function findOperator(domain: string, type: string): Operator | undefined {
  return registry.get(operatorName(domain, type));
}

/** All declared operators. */
export function declaredOperators(): readonly Operator[] {
  return [...registry.values()];
}

/** Adds a node with one output and returns that output. */
export function emit(operator: Operator, inputs: readonly (Tensor | undefined)[], attributes: Attributes = {}): Tensor {
  const [output] = emitAll(operator, inputs, attributes);
  if (output === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `${operator.type} has no output` });
  return output;
}

export function emitAll(
  operator: Operator,
  inputs: readonly (Tensor | undefined)[],
  attributes: Attributes = {},
): readonly Tensor[] {
  const author = inputs.find((input) => input !== undefined)?.graph;
  if (author === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `${operator.type} without inputs` });
  return author.apply(operator, inputs, attributes);
}

/** `value` as a tensor of the same graph and element type as `like`. */
export function operand(like: Tensor, value: Operand): Tensor {
  return typeof value === 'number' ? like.graph.constant(like.dtype, [], [value]) : value;
}

export function int64Vector(like: Tensor, values: readonly number[]): Tensor {
  return like.graph.constant('int64', [values.length], values);
}

export function shapeError(call: Pick<Call, 'operator' | 'inputs'>, reason: string): EarsightError {
  return new EarsightError('EARSIGHT_GRAPH_SHAPE', {
    operator: operatorName(call.operator.domain, call.operator.type),
    shapes: call.inputs.map((input) => (input === undefined ? '-' : formatShape(input.shape))).join(' and '),
    reason,
  });
}

/** The input at `index`, which the operator requires. @throws EARSIGHT_GRAPH_SHAPE if it is missing. */
export function required(call: Call, index: number): Tensor {
  const input = call.inputs[index];
  if (input === undefined) throw shapeError(call, `input ${index} is missing`);
  return input;
}

/** The element type of the inputs at `indices`. @throws EARSIGHT_GRAPH_SHAPE if they differ. */
export function sharedDtype(call: Call, indices: readonly number[] = call.inputs.map((_, index) => index)): Dtype {
  const dtypes = new Set(indices.flatMap((index) => call.inputs[index]?.dtype ?? []));
  const [first] = dtypes;
  if (dtypes.size !== 1 || first === undefined)
    throw shapeError(call, `element types differ: ${[...dtypes].join(', ')}`);
  return first;
}

export function floatDtype(call: Call, indices?: readonly number[]): Dtype {
  const dtype = sharedDtype(call, indices);
  if (!isFloat(dtype)) throw shapeError(call, `${dtype} elements where real numbers are needed`);
  return dtype;
}

/** Converts an axis, which may be negative (counted from the end), to a non-negative one. */
export function axisOf(call: Pick<Call, 'operator' | 'inputs'>, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank)
    throw shapeError(call, `axis ${axis} is not one of ${rank}`);
  return positive;
}

export function intAttribute(call: Pick<Call, 'attributes'>, name: string, fallback: number): number {
  const value = call.attributes[name];
  return typeof value === 'number' ? value : fallback;
}

export function intsAttribute(call: Pick<Call, 'attributes'>, name: string): readonly number[] | undefined {
  const value = call.attributes[name];
  return typeof value === 'object' ? value : undefined;
}

/** The numbers of a constant input, or undefined if they are only known at run time. */
export function constantValues(input: Tensor | undefined): readonly number[] | undefined {
  if (input === undefined) return undefined;
  if (input.origin.kind === 'constant') return Array.from(decode(input.dtype, input.origin.data));
  const { elements } = input;
  return elements?.every((element) => typeof element === 'number') ? elements : undefined;
}

/** The dimensions that a shape tensor holds, or undefined if they are only known at run time. */
export function elementsOf(input: Tensor | undefined): readonly Dim[] | undefined {
  return input?.elements ?? constantValues(input);
}
