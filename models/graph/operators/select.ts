import { DTYPES } from '../dtype.js';
import type { Dtype } from '../dtype.js';
import { dtypeOfCode } from '../dtype.js';
import type { Operator, Tensor } from '../ir.js';
import { declare, emit, intAttribute, operand, required, sharedDtype, shapeError } from '../operator.js';
import type { Operand } from '../operator.js';
import { broadcastAll } from './binary.js';

export const WHERE = declare({
  type: 'Where',
  since: 16,
  arity: [3, 3],
  infer: (call) => {
    if (required(call, 0).dtype !== 'bool') throw shapeError(call, 'the condition is not bool');
    return [{ dtype: sharedDtype(call, [1, 2]), shape: broadcastAll(call) }];
  },
});

export const CLIP = declare({
  type: 'Clip',
  since: 13,
  arity: [1, 3],
  infer: (call) => [{ dtype: sharedDtype(call), shape: required(call, 0).shape }],
});

export const CAST = declare({
  type: 'Cast',
  since: 13,
  arity: [1, 1],
  attributes: { to: 'int' },
  infer: (call) => {
    const dtype = dtypeOfCode(intAttribute(call, 'to', 0));
    if (dtype === undefined) throw shapeError(call, 'the target element type is not supported');
    const { shape, elements } = required(call, 0);
    return [{ dtype, shape, elements: dtype === 'int64' ? elements : undefined }];
  },
});

function logical(type: string, since: number, inputs: number): Operator {
  return declare({
    type,
    since,
    arity: [inputs, inputs],
    infer: (call) => {
      if (sharedDtype(call) !== 'bool') throw shapeError(call, 'takes bool elements');
      return [{ dtype: 'bool', shape: broadcastAll(call) }];
    },
  });
}

function floatTest(type: string, since: number): Operator {
  return declare({ type, since, arity: [1, 1], infer: (call) => [{ dtype: 'bool', shape: required(call, 0).shape }] });
}

export const NOT = logical('Not', 1, 1);
export const AND = logical('And', 7, 2);
export const OR = logical('Or', 7, 2);
export const IS_NAN = floatTest('IsNaN', 13);
export const IS_INF = floatTest('IsInf', 10);

/** `yes` where the bool `condition` holds, else `no`; one of them may be a number. */
export function where(condition: Tensor, yes: Operand, no: Operand): Tensor {
  const like = typeof yes === 'number' ? no : yes;
  if (typeof like === 'number') return where(condition, condition.graph.constant('float32', [], [like]), no);
  return emit(WHERE, [condition, operand(like, yes), operand(like, no)]);
}

export function clip(x: Tensor, low: number, high: number): Tensor {
  return emit(CLIP, [x, operand(x, low), operand(x, high)]);
}

export function cast(x: Tensor, dtype: Dtype): Tensor {
  return x.dtype === dtype ? x : emit(CAST, [x], { to: DTYPES[dtype].code });
}

export const not = (x: Tensor): Tensor => emit(NOT, [x]);
export const and = (a: Tensor, b: Tensor): Tensor => emit(AND, [a, b]);
export const or = (a: Tensor, b: Tensor): Tensor => emit(OR, [a, b]);
export const isNaNElement = (x: Tensor): Tensor => emit(IS_NAN, [x]);
export const isInfElement = (x: Tensor): Tensor => emit(IS_INF, [x]);
