import { rmsNormalization, type Tensor } from '../../graph/index.js';
import { parameter, type LayerContext } from '../layer.js';

/** SimpleRMSNorm (methods.md B.3): `x / (|x| / sqrt(d))`, without learned parameters. */
export function simpleRmsNorm(x: Tensor): Tensor {
  const width = Number(x.shape.at(-1));
  return rmsNormalization(x, x.graph.constant(x.dtype, [width], new Float32Array(width).fill(1)));
}

/** RMS norm with a learned scale. */
export function rmsNorm(x: Tensor, context: LayerContext, name: string): Tensor {
  return rmsNormalization(
    x,
    parameter(context, `${name}/scale`, [Number(x.shape.at(-1))], { kind: 'values', values: () => 1 }),
  );
}
