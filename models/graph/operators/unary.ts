import type { Operator, Tensor } from '../ir.js';
import { declare, emit, floatDtype, required } from '../operator.js';

/** Declares an operator with one floating-point input whose output has the same shape and element type. */
function realUnary(type: string, since: number): Operator {
  return declare({
    type,
    since,
    arity: [1, 1],
    infer: (call) => [{ dtype: floatDtype(call), shape: required(call, 0).shape }],
  });
}

export const NEG = realUnary('Neg', 13);
export const ABS = realUnary('Abs', 13);
export const SIGN = realUnary('Sign', 13);
export const EXP = realUnary('Exp', 13);
export const LOG = realUnary('Log', 13);
export const SQRT = realUnary('Sqrt', 13);
export const FLOOR = realUnary('Floor', 13);
export const RECIPROCAL = realUnary('Reciprocal', 13);
export const SIN = realUnary('Sin', 7);
export const COS = realUnary('Cos', 7);
export const TANH = realUnary('Tanh', 13);
export const SIGMOID = realUnary('Sigmoid', 13);
export const RELU = realUnary('Relu', 14);
export const SOFTPLUS = realUnary('Softplus', 1);
export const ERF = realUnary('Erf', 13);

export const IDENTITY = declare({
  type: 'Identity',
  since: 13,
  arity: [1, 1],
  infer: (call) => {
    const { dtype, shape, elements } = required(call, 0);
    return [{ dtype, shape, elements }];
  },
});

export const neg = (x: Tensor): Tensor => emit(NEG, [x]);
export const abs = (x: Tensor): Tensor => emit(ABS, [x]);
/** -1, 0 or 1. */
export const sign = (x: Tensor): Tensor => emit(SIGN, [x]);
export const exp = (x: Tensor): Tensor => emit(EXP, [x]);
export const log = (x: Tensor): Tensor => emit(LOG, [x]);
export const sqrt = (x: Tensor): Tensor => emit(SQRT, [x]);
export const floor = (x: Tensor): Tensor => emit(FLOOR, [x]);
export const reciprocal = (x: Tensor): Tensor => emit(RECIPROCAL, [x]);
export const sin = (x: Tensor): Tensor => emit(SIN, [x]);
export const cos = (x: Tensor): Tensor => emit(COS, [x]);
export const tanh = (x: Tensor): Tensor => emit(TANH, [x]);
export const sigmoid = (x: Tensor): Tensor => emit(SIGMOID, [x]);
export const relu = (x: Tensor): Tensor => emit(RELU, [x]);
/** log(1 + exp(x)) */
export const softplus = (x: Tensor): Tensor => emit(SOFTPLUS, [x]);
export const erf = (x: Tensor): Tensor => emit(ERF, [x]);
export const identity = (x: Tensor): Tensor => emit(IDENTITY, [x]);
