import type { MixerDeclaration } from '../declaration.js';

export const tnnDeclaration: MixerDeclaration = {
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
};

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
