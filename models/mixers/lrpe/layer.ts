import { concat, div, matmul, mul, pad, reduceSum, reshape, slice, sub, type Tensor } from '../../graph/index.js';
import type { MixerDeclaration } from '../declaration.js';
import { parameter, type LayerContext, type MixerLayer } from '../layer.js';
import { gatedLinearAttention } from '../linear-attention/layer.js';
import { cosineTables, applyCosine } from './cosine.js';
import { rotaryTables, applyRotary } from './rotary.js';

export type Phase = 'rotary' | 'mixed' | 'permutation' | 'cosine';
export type Basis = 'identity' | 'householder' | 'dct';

/** One of the families `W_t = Λ(t) P` of LRPE (methods.md B.9). */
export interface Encoding {
  readonly phase: Phase;
  readonly basis: Basis;
}

export const lrpeDeclaration: MixerDeclaration = {
  name: 'lrpe',
  title: 'LRPE: rotary, mixed, permutation or cosine',
  expand: { formula: 'P k_t; P the identity, a reflection or the DCT', dataDependent: true },
  oscillate: { formula: 'Λ(1), unitary', dataDependent: false },
  shrink: { formula: 'P q_t', dataDependent: true },
  direction: 'either',
  multiAxis: false,
  state: 'd·e, cosine 2·d·e',
  cost: 'n·d·e',
  source: 'B.9',
};

/** Linear attention with one of the LRPE families. It cannot be streamed; `linear-attention` is the rotary one that can. */
export function lrpe(encoding: Encoding): MixerLayer {
  return {
    declaration: lrpeDeclaration,
    channelMixer: 'sglu',
    mix: (x, context) => ({
      ...gatedLinearAttention(x, context, encoder(encoding, context, Number(x.shape[1]))),
      carried: {},
    }),
  };
}

/** Applies `W_t` to the row of every head at step t: [B, T, H·d] to [B, T, H·d], twice as wide for `cosine`. */
function encoder({ phase, basis }: Encoding, context: LayerContext, length: number): (x: Tensor) => Tensor {
  const { heads } = context;
  const keyWidth = context.width / heads;
  const based = basisChange(basis, context, keyWidth);
  switch (phase) {
    case 'rotary': {
      const tables = rotaryTables(context, length, keyWidth);
      return (x) => applyRotary(based(x), heads, tables);
    }
    case 'mixed': {
      const half = keyWidth / 2;
      const tables = rotaryTables(context, length, half);
      return (x) => {
        const rows = perHead(based(x), heads);
        const turning = reshape(slice(rows, -1, 0, half), [...rows.shape.slice(0, 2), heads * half]);
        return packed(concat([perHead(applyRotary(turning, heads, tables), heads), slice(rows, -1, half)], -1));
      };
    }
    case 'permutation':
      return (x) => packed(roundByPosition(perHead(based(x), heads), length, keyWidth));
    case 'cosine': {
      const tables = cosineTables(context, [length], keyWidth);
      return (x) => applyCosine(based(x), heads, tables);
    }
  }
}

/** Applies P to the row of every head. The Householder normal is learned, one for each head. */
function basisChange(basis: Basis, context: LayerContext, keyWidth: number): (x: Tensor) => Tensor {
  const { heads, graph, dtype } = context;
  switch (basis) {
    case 'identity':
      return (x) => x;
    case 'householder': {
      const normal = parameter(context, 'normal', [heads, keyWidth], { kind: 'normal', deviation: 1 });
      const square = reduceSum(mul(normal, normal), { axes: [-1], keep: true });
      return (x) => {
        const rows = perHead(x, heads);
        const along = div(reduceSum(mul(rows, normal), { axes: [-1], keep: true }), square);
        return packed(sub(rows, mul(mul(along, 2), normal)));
      };
    }
    case 'dct': {
      const matrix = Float32Array.from({ length: keyWidth ** 2 }, (_, cell) => {
        const [i, k] = [Math.floor(cell / keyWidth), cell % keyWidth];
        return Math.sqrt((k === 0 ? 1 : 2) / keyWidth) * Math.cos((Math.PI * (2 * i + 1) * k) / (2 * keyWidth));
      });
      return (x) => packed(matmul(perHead(x, heads), graph.constant(dtype, [keyWidth, keyWidth], matrix)));
    }
  }
}

/** Rotates the channels of each row by its position, with a period of `width` steps. rows [B, T, H, width]. */
function roundByPosition(rows: Tensor, length: number, width: number): Tensor {
  const { graph, dtype } = rows;
  const [batch = 1, , heads = 1] = rows.shape;
  const rounds = Math.ceil(length / width);
  const moves = Float32Array.from({ length: width ** 3 }, (_, cell) => {
    const [position, from, to] = [Math.floor(cell / width ** 2), Math.floor(cell / width) % width, cell % width];
    return (from + position) % width === to ? 1 : 0;
  });
  const whole = reshape(pad(rows, 1, 0, rounds * width - length), [batch, rounds, width, heads, width]);
  const moved = matmul(whole, graph.constant(dtype, [width, width, width], moves));
  return slice(reshape(moved, [batch, rounds * width, heads, width]), 1, 0, length);
}

function perHead(x: Tensor, heads: number): Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  return reshape(x, [batch, length, heads, Number(width) / heads]);
}

function packed(rows: Tensor): Tensor {
  const [batch = 1, length = 1, heads = 1, width = 1] = rows.shape;
  return reshape(rows, [batch, length, Number(heads) * Number(width)]);
}
