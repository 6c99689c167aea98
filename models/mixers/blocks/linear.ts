import { add, matmul, type Tensor } from '../../graph/index.js';
import { parameter, type LayerContext } from '../layer.js';
import type { Initial } from '../parameters.js';

export interface LinearOptions {
  readonly bias?: boolean;
  /** Standard deviation of the initial biases; zeros by default. */
  readonly biasDeviation?: number;
  /** Standard deviation of the initial weights. The default 1 / sqrt(fan-in) preserves the variance. */
  readonly deviation?: number;
}

/** x [.., w] times a learned matrix [w, `width`], plus a bias if asked for: [.., `width`]. */
export function linear(
  x: Tensor,
  context: LayerContext,
  name: string,
  width: number,
  options: LinearOptions = {},
): Tensor {
  const from = Number(x.shape.at(-1));
  const deviation = options.deviation ?? from ** -0.5;
  const product = matmul(x, parameter(context, `${name}/weight`, [from, width], { kind: 'normal', deviation }));
  if (!options.bias) return product;
  const initial: Initial =
    options.biasDeviation === undefined
      ? { kind: 'values', values: () => 0 }
      : { kind: 'normal', deviation: options.biasDeviation };
  return add(product, parameter(context, `${name}/bias`, [width], initial));
}
