import type { MixerDeclaration } from '../declaration.js';

export const lightNetDeclaration: MixerDeclaration = {
  name: 'lightnet',
  title: 'LightNet',
  expand: { formula: 'exp(g_t) / Δ_t', dataDependent: true },
  oscillate: { formula: 'Δ_{t-1} / Δ_t', dataDependent: true },
  shrink: { formula: 'q_t', dataDependent: true },
  direction: 'either',
  multiAxis: true,
  state: 'd·e + d',
  cost: 'n·d·e + n·C·d',
  source: 'B.4',
};
