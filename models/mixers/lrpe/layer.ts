import { attend } from '../linear-attention/layer.js';
import type { MixerLayer } from '../layer.js';
import { lrpeDeclaration } from './declaration.js';
import { encoder, type Encoding } from './encode.js';

/** Linear attention under one of LRPE's families. Run whole; the rotary one is streamed as `linear-attention`. */
export function lrpe(encoding: Encoding): MixerLayer {
  return {
    declaration: lrpeDeclaration,
    channelMixer: 'sglu',
    mix: (x, place) => ({ ...attend(x, place, encoder(encoding, place, Number(x.shape[1]))), carried: {} }),
  };
}
