import { sameShape } from '../dim.js';
import type { Call, Operator, OutputType, Tensor } from '../ir.js';
import { axisOf, declare, emit, floatDtype, intAttribute, required, shapeError } from '../operator.js';

function alongAxis(type: string): Operator {
  return declare({
    type,
    since: 13,
    arity: [1, 1],
    attributes: { axis: 'int' },
    infer: (call) => {
      const { shape } = required(call, 0);
      axisOf(call, intAttribute(call, 'axis', -1), shape.length);
      return [{ dtype: floatDtype(call), shape }];
    },
  });
}

export const SOFTMAX = alongAxis('Softmax');
export const LOG_SOFTMAX = alongAxis('LogSoftmax');

/** The input's type, after checking that scale and bias have the shape of its axes from `axis` on. */
function normalised(call: Call): readonly OutputType[] {
  const { shape } = required(call, 0);
  const axis = axisOf(call, intAttribute(call, 'axis', -1), shape.length);
  for (const input of call.inputs.slice(1))
    if (input !== undefined && !sameShape(input.shape, shape.slice(axis)))
      throw shapeError(call, `scale and bias must have the shape of the axes from ${axis} on`);
  return [{ dtype: floatDtype(call), shape }];
}

export const LAYER_NORMALIZATION = declare({
  type: 'LayerNormalization',
  since: 17,
  arity: [2, 3],
  attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' },
  infer: normalised,
});

export const RMS_NORMALIZATION = declare({
  type: 'RMSNormalization',
  since: 23,
  arity: [2, 2],
  attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' },
  infer: normalised,
});

/** Inference mode only: the statistics are inputs. */
export const BATCH_NORMALIZATION = declare({
  type: 'BatchNormalization',
  since: 15,
  arity: [5, 5],
  attributes: { epsilon: 'float', momentum: 'float', training_mode: 'int' },
  infer: (call) => {
    const { shape } = required(call, 0);
    for (const input of call.inputs.slice(1))
      if (input?.shape.length !== 1 || input.shape[0] !== shape[1])
        throw shapeError(call, 'scale, bias, mean and variance have one number a channel (axis 1)');
    if (intAttribute(call, 'training_mode', 0) !== 0) throw shapeError(call, 'training mode is not supported');
    return [{ dtype: floatDtype(call), shape }];
  },
});

export const softmax = (x: Tensor, axis = -1): Tensor => emit(SOFTMAX, [x], { axis });
export const logSoftmax = (x: Tensor, axis = -1): Tensor => emit(LOG_SOFTMAX, [x], { axis });

/** Normalises the axes from `axis` on to zero mean and unit variance, then applies scale and bias of the same shape. */
export function layerNormalization(
  x: Tensor,
  scale: Tensor,
  bias?: Tensor,
  { axis = -1, epsilon = 1e-5 }: { readonly axis?: number; readonly epsilon?: number } = {},
): Tensor {
  return emit(LAYER_NORMALIZATION, bias === undefined ? [x, scale] : [x, scale, bias], { axis, epsilon });
}

/** Normalises the axes from `axis` on to a root mean square of 1, then applies a scale of the same shape. */
export function rmsNormalization(
  x: Tensor,
  scale: Tensor,
  { axis = -1, epsilon = 1e-6 }: { readonly axis?: number; readonly epsilon?: number } = {},
): Tensor {
  return emit(RMS_NORMALIZATION, [x, scale], { axis, epsilon });
}

/** (x - mean) / sqrt(variance + epsilon) · scale + bias for each channel (axis 1). */
export function batchNormalization(
  x: Tensor,
  statistics: { readonly scale: Tensor; readonly bias: Tensor; readonly mean: Tensor; readonly variance: Tensor },
  epsilon = 1e-5,
): Tensor {
  const { scale, bias, mean, variance } = statistics;
  return emit(BATCH_NORMALIZATION, [x, scale, bias, mean, variance], { epsilon });
}
