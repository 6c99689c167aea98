import type { MixerDeclaration } from '../declaration.js';

export const softmaxAttentionDeclaration: MixerDeclaration = {
  name: 'softmax-attention',
  title: 'Softmax attention (baseline)',
  expand: { formula: 'appends k_t, v_t', dataDependent: true },
  oscillate: { formula: '1', dataDependent: false },
  shrink: { formula: 'softmax(q_t K^T / √d)', dataDependent: true },
  direction: 'either',
  multiAxis: true,
  state: 'n·(d + e)',
  cost: 'n²·(d + e)',
  source: 'A.3',
};

export const averagePoolingDeclaration: MixerDeclaration = {
  name: 'average-pooling',
  title: 'Average pooling (baseline)',
  expand: { formula: '1/t', dataDependent: false },
  oscillate: { formula: '(t - 1)/t', dataDependent: false },
  shrink: { formula: '1', dataDependent: false },
  direction: 'either',
  multiAxis: true,
  state: 'e',
  cost: 'n·e',
  source: 'F (PoolFormer)',
};
