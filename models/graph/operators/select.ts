import { dtypeOfCode, DTYPES } from '../dtype.js';
import type { Dtype } from '../dtype.js';
import type { Tensor } from '../ir.js';
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

export const NOT = declare({
  type: 'Not',
  since: 1,
  arity: [1, 1],
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    if (dtype !== 'bool') throw shapeError(call, 'takes bool elements');
    return [{ dtype, shape }];
  },
});

/** Selects `yes` where the bool `condition` holds and `no` elsewhere. Two plain numbers give a float32 result. */
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
