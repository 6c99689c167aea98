import type { Tensor } from '../ir.js';
import { declare, emit, floatDtype, required } from '../operator.js';
import { mul } from './binary.js';
import { sigmoid } from './unary.js';

export const GELU = declare({
  type: 'Gelu',
  since: 20,
  arity: [1, 1],
  attributes: { approximate: 'string' },
  infer: (call) => [{ dtype: floatDtype(call), shape: required(call, 0).shape }],
});

export const MS_GELU = declare({
  type: 'Gelu',
  domain: 'com.microsoft',
  since: 1,
  arity: [1, 1],
  infer: (call) => [{ dtype: floatDtype(call), shape: required(call, 0).shape }],
});

/** x Φ(x). `tanh` selects the approximation that some networks were trained with. */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  return emit(GELU, [x], { approximate });
}

/** x Φ(x) by onnxruntime's own operator, which is also available in opsets below 20. */
export const microsoftGelu = (x: Tensor): Tensor => emit(MS_GELU, [x]);

/** x sigmoid(x) */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/** CLIP's activation: x sigmoid(1.702 x). */
export const quickGelu = (x: Tensor): Tensor => mul(x, sigmoid(mul(x, 1.702)));
