import type { MixerDeclaration } from '../declaration.js';

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
