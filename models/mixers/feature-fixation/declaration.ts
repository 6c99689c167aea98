import type { MixerDeclaration } from '../declaration.js';

export const featureFixationDeclaration: MixerDeclaration = {
  name: 'feature-fixation',
  title: 'Feature fixation with neighbourhood association',
  expand: { formula: "σ(W_k [q'; k'; v]) ∘ k'", dataDependent: true },
  oscillate: { formula: '1', dataDependent: false },
  shrink: { formula: "σ(W_q [q'; k'; v]) ∘ q', over its own sum", dataDependent: true },
  direction: 'bidirectional',
  multiAxis: true,
  state: 'd·e + d',
  cost: 'n·d·e',
  source: 'B.10',
};
