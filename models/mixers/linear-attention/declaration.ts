import type { MixerDeclaration } from '../declaration.js';

export const linearAttentionDeclaration: MixerDeclaration = {
  name: 'linear-attention',
  title: 'Linear attention',
  expand: { formula: 'k_t', dataDependent: true },
  oscillate: { formula: '1', dataDependent: false },
  shrink: { formula: 'q_t', dataDependent: true },
  direction: 'either',
  multiAxis: true,
  state: 'd·e',
  cost: 'n·d·e',
  source: 'B.1, B.5',
};
