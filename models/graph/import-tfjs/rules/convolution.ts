import type { Tensor } from '../../ir.js';
import { clip, conv, relu } from '../../operators/index.js';
import type { Rule, NodeContext } from '../rule.js';
import { channelsFirst, permuted, picture, sidesOf, type Constant } from '../value.js';
import { paddedWindow } from './same-padding.js';

/** Permutes filters [height, width, channels, maps] to ONNX's order, [maps, channels, height, width]. */
const TO_FILTERS = [3, 2, 0, 1];
/**
 * Permutes depthwise filters [height, width, channels, maps per channel] to [channels, maps per channel, height,
 * width].
 */
const TO_DEPTHWISE = [2, 3, 0, 1];

function filters(context: NodeContext): Constant {
  const weights = context.input(1);
  if (weights.kind !== 'constant' || weights.shape.length !== 4) throw context.unknownForm('filters made at run time');
  return weights;
}

/** Applies the activation of a fused convolution, if it has one besides `BiasAdd`. */
function activated(context: NodeContext, x: Tensor): Tensor {
  const [activation] = context.texts('fused_ops').filter((name) => name !== 'BiasAdd');
  if (activation === undefined) return x;
  if (activation === 'Relu') return relu(x);
  if (activation === 'Relu6') return clip(x, 0, 6);
  throw context.unknownForm(`with ${activation}`);
}

function bias(context: NodeContext): Tensor | undefined {
  if (!context.texts('fused_ops').includes('BiasAdd')) return undefined;
  return context.tensor(2);
}

const convolution: Rule = (context) => {
  const weights = filters(context);
  const [height = 1, width = 1] = weights.shape;
  const { strides, dilations, pads } = paddedWindow(context, sidesOf(context.input(0), context.node.op), [
    height,
    width,
  ]);
  const { shape, values } = permuted(weights, TO_FILTERS);
  const w = context.graph.constant('float32', shape, values);
  const x = channelsFirst(context.graph, context.input(0));
  return picture(activated(context, conv(x, w, bias(context), { strides, dilations, pads })));
};

const depthwise: Rule = (context) => {
  const weights = filters(context);
  const [height = 1, width = 1, channels = 1, maps = 1] = weights.shape;
  const { strides, dilations, pads } = paddedWindow(context, sidesOf(context.input(0), context.node.op), [
    height,
    width,
  ]);
  const w = context.graph.constant(
    'float32',
    [channels * maps, 1, height, width],
    permuted(weights, TO_DEPTHWISE).values,
  );
  const x = channelsFirst(context.graph, context.input(0));
  return picture(activated(context, conv(x, w, bias(context), { strides, dilations, pads, group: channels })));
};

export const CONVOLUTION_RULES: Readonly<Record<string, Rule>> = {
  Conv2D: convolution,
  _FusedConv2D: convolution,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
};
