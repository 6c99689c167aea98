import { EarsightError } from '../../../core/errors.js';
import { multiplyDims } from '../dim.js';
import type { Shape } from '../dim.js';
import type { Tensor } from '../ir.js';
import * as o from '../operators/index.js';
import { convolutionWindow } from '../operators/convolution.js';
import type { ConvolutionWindow } from '../operators/convolution.js';
import { registerSimple } from './rule.js';

registerSimple(o.CONV, (dy, [x, w, bias], { node }) => {
  if (x === undefined || w === undefined) return [];
  const walk = convolutionWindow(node, x.shape.length - 2);
  return [inputGradient(dy, w, x.shape, walk), kernelGradient(x, dy, w.shape, walk), biasGradient(dy, bias)];
});

registerSimple(o.CONV_TRANSPOSE, (dy, [x, w, bias], { node }) => {
  if (x === undefined || w === undefined) return [];
  const walk = convolutionWindow(node, x.shape.length - 2);
  return [o.conv(dy, w, undefined, walk), kernelGradient(dy, x, w.shape, walk), biasGradient(dy, bias)];
});

function biasGradient(dy: Tensor, bias: Tensor | undefined): Tensor | undefined {
  const axes = dy.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return bias === undefined ? undefined : o.reduceSum(dy, { axes });
}

/**
 * The adjoint of a convolution. Input elements at the end that the last stride did not reach are restored by padding.
 */
function inputGradient(dy: Tensor, w: Tensor, input: Shape, walk: ConvolutionWindow): Tensor {
  const { strides, dilations, pads } = walk;
  const outputPadding = strides.map((stride, axis) => {
    const [length, kernel, out] = [input[axis + 2], Number(w.shape[axis + 2]), dy.shape[axis + 2]];
    if (stride === 1) return 0;
    if (typeof length !== 'number' || typeof out !== 'number')
      throw new EarsightError('EARSIGHT_GRAPH_GRADIENT', {
        operator: 'Conv',
        reason: 'a stride along a named dimension',
      });
    const padding = (pads[axis] ?? 0) + (pads[axis + strides.length] ?? 0);
    return length - ((out - 1) * stride + (kernel - 1) * (dilations[axis] ?? 1) + 1 - padding);
  });
  return o.convTranspose(dy, w, undefined, { ...walk, outputPadding });
}

/**
 * dW[m, c, k] = Σ over the batch and positions o of dy[m, o] x[c, o · stride + k · dilation]. This is a convolution of
 * x with dy in which batch and channels are swapped, and so are stride and dilation.
 */
function kernelGradient(x: Tensor, dy: Tensor, kernel: Shape, walk: ConvolutionWindow): Tensor {
  const { group, strides, dilations, pads } = walk;
  const [batch = 1, channels = 1, ...space] = x.shape;
  const perGroup = Number(channels) / group;
  const places = space.map((_, axis) => axis + 3);
  const grouped = o.transpose(o.reshape(x, [batch, group, perGroup, ...space]), [2, 1, 0, ...places]);
  const image = o.reshape(grouped, [perGroup, multiplyDims(batch, group), ...space]);
  const swap = [1, 0, ...space.map((_, axis) => axis + 2)];
  const walked = { strides: dilations, dilations: strides, pads, group };
  let wide = o.transpose(o.conv(image, o.transpose(dy, swap), undefined, walked), swap);
  // Input elements that the last stride did not reach produce extra positions after those of the kernel: remove them.
  kernel.slice(2).forEach((length, axis) => {
    if (wide.shape[axis + 2] !== length) wide = o.slice(wide, axis + 2, 0, Number(length));
  });
  return wide;
}
