import type { MixerDeclaration } from '../declaration.js';

export const hgrn2Declaration: MixerDeclaration = {
  name: 'hgrn2',
  title: 'HGRN2',
  expand: { formula: '1 - f_t', dataDependent: true },
  oscillate: { formula: 'f_t = lb + (1 - lb)·σ(x W_f)', dataDependent: true },
  shrink: { formula: 'output gate q_t', dataDependent: true },
  direction: 'either',
  multiAxis: false,
  state: 'd·e',
  cost: 'n·d·e + n·C·d',
  source: 'B.6',
};
