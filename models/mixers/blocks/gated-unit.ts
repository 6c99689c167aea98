import { mul, silu, type Tensor } from '../../graph/index.js';
import type { LayerContext } from '../layer.js';
import { linear } from './linear.js';

/** Hidden width over stream width: three matrices then cost what a plain four-fold MLP's two cost. */
const EXPANSION = 8 / 3;

/**
 * Channel mixers (methods.md B.3, B.7): `((x W_v) ∘ f(x W_u)) W_o`; SGLU without an activation, GLU with silu.
 */
export function gatedUnit(x: Tensor, place: LayerContext, kind: 'sglu' | 'glu'): Tensor {
  // A multiple of 8 keeps vector loads whole on every device.
  const hidden = 8 * Math.ceil((EXPANSION * place.width) / 8);
  const value = linear(x, place, 'value', hidden);
  const gate = linear(x, place, 'gate', hidden);
  return linear(mul(value, kind === 'glu' ? silu(gate) : gate), place, 'out', place.width);
}
