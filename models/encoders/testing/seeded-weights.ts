import type { Graph, Tensor } from '../../graph/index.js';

/** Weights from a seed: uniform in ±1/√(fan-in), so that activations keep their scale through the layers. */
export class SeededWeights {
  private state: number;

  constructor(
    private readonly graph: Graph,
    seed: number,
  ) {
    this.state = seed >>> 0;
  }

  weight(name: string, shape: readonly number[], fanIn = shape[0] ?? 1): Tensor {
    const count = shape.reduce((product, dim) => product * dim, 1);
    const scale = 1 / Math.sqrt(fanIn);
    return this.graph.parameter(
      name,
      'float32',
      shape,
      Float32Array.from({ length: count }, () => (this.next() * 2 - 1) * scale),
    );
  }

  constant(name: string, width: number, value: number): Tensor {
    return this.graph.parameter(name, 'float32', [width], new Float32Array(width).fill(value));
  }

  /** The linear congruential generator of Numerical Recipes: the weights need only be the same every time. */
  private next(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state / 2 ** 32;
  }
}
