import type { MixerDeclaration } from '../declaration.js';

export const tnlDeclaration: MixerDeclaration = {
  name: 'tnl',
  title: 'TNL / Lightning Attention',
  expand: { formula: 'k_t', dataDependent: true },
  oscillate: { formula: 'λ (a head and layer); exp(iθ) too in the first layer', dataDependent: false },
  shrink: { formula: 'q_t', dataDependent: true },
  direction: 'either',
  multiAxis: false,
  state: 'd·e',
  cost: 'n·d·e + n·C·d',
  source: 'B.2, B.3',
};
