import { mul, silu, transpose, type Tensor } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { simpleRmsNorm } from '../blocks/norm.js';
import type { MixerDeclaration } from '../declaration.js';
import { masked } from '../recurrence/layer-memory.js';
import type { MixerLayer, LayerContext } from '../layer.js';
import { toeplitzProduct } from './product.js';

/** Decay per step (methods.md B.7 has 0.99 or 0.999). After 512 steps 0.6 is left, so that long memories can be learned. */
export const TOEPLITZ_GAMMA = 0.999;

/** Hidden width of the relative position network. */
export const POSITION_WIDTH = 64;

/** Relative positions are divided by this constant, so that the kernel does not depend on the length of the sequence. */
export const POSITION_SCALE = 512;

/**
 * GTU: `(silu(x W_u) ∘ Toep(silu(x W_v))) W_o`. The paper expands the width threefold; here it is the width of the stream, as
 * for the other members.
 */
export const tnnLayer: MixerLayer = {
  declaration: {
    name: 'tnn',
    title: 'TNN (Toeplitz)',
    expand: { formula: 'lags t_0 .. t_{n-1} of a relative position network', dataDependent: false },
    oscillate: { formula: 'γ, shifted by one lag', dataDependent: false },
    shrink: { formula: 'gate u_t', dataDependent: true },
    direction: 'either',
    multiAxis: false,
    state: 'n·e',
    cost: 'n·log n·e (FFT) or n²·e (direct)',
    source: 'B.7',
  },
  channelMixer: 'glu',
  mix: (x, context) => {
    const { width, direction } = context;
    const gate = silu(linear(x, context, 'gate', width));
    const v = silu(linear(x, context, 'value', width));
    const causal = direction === 'causal';
    const kernel = toeplitzKernel(context, Number(x.shape[1]), width, causal);
    const mixed = toeplitzProduct(causal ? v : masked(v, context), { kernel, causal });
    return { output: linear(mul(gate, simpleRmsNorm(mixed)), context, 'out', width), carried: {} };
  },
};

/**
 * The streaming form of a trained TNN. No layer writes it yet: it exists as plain loops in `testing/references/etsc.ts`, which
 * the tests compare with the Toeplitz product.
 */
export const etscDeclaration: MixerDeclaration = {
  name: 'etsc',
  title: 'ETSC (a trained TNN, streamed)',
  expand: { formula: 'b_k: DFT coefficients of the lags', dataDependent: false },
  oscillate: { formula: 'γ·exp(-2πik/(n + 1))', dataDependent: false },
  shrink: { formula: '1', dataDependent: false },
  direction: 'causal',
  multiAxis: false,
  state: '⌈n/2⌉ complex numbers a channel',
  cost: 'n²·e',
  source: 'B.8',
};

/**
 * The lags of every channel, [W, T] when causal and [W, 2T - 1] otherwise: a small network of the relative position, times
 * γ^|lag|.
 */
export function toeplitzKernel(context: LayerContext, length: number, channels: number, causal: boolean): Tensor {
  const { graph, dtype } = context;
  const first = causal ? 0 : 1 - length;
  const lags = Float32Array.from({ length: length - first }, (_, i) => first + i);
  const positions = graph.constant(
    dtype,
    [lags.length, 1],
    lags.map((lag) => lag / POSITION_SCALE),
  );
  return graph.scope('positions', () => {
    // Random biases, because with zero biases the network would give zero at lag 0 and no step could read itself.
    let hidden = linear(positions, context, 'in', POSITION_WIDTH, { bias: true, biasDeviation: 0.5 });
    for (let round = 0; round < 3; round++)
      hidden = linear(silu(simpleRmsNorm(hidden)), context, `hidden-${round}`, POSITION_WIDTH, { bias: true });
    const raw = linear(silu(simpleRmsNorm(hidden)), context, 'out', channels, { bias: true });
    const decay = graph.constant(
      dtype,
      [lags.length, 1],
      lags.map((lag) => TOEPLITZ_GAMMA ** Math.abs(lag)),
    );
    return transpose(mul(raw, decay), [1, 0]);
  });
}
