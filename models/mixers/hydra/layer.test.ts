import { describe, expect, it } from 'vitest';
import { MIXERS } from '../members.js';
import { runLayer, WIDTH } from '../testing/layer-session.js';
import { MEMBER_REFERENCES } from '../testing/member-references.js';
import { runReference } from '../testing/reference-layer.js';
import { noise, relativeError } from '../testing/rows.js';
import { hydraLayerReference } from '../testing/references/hydra.js';
import { hydra } from './layer.js';

const causal = MIXERS.filter(({ declaration }) => declaration.direction !== 'bidirectional');

describe.each(causal.map((member) => [member.declaration.name, member] as const))('Hydra around %s', (name, member) => {
  it.each([1, 2, 10, 65])('is equal to its reference at length %i', async (length) => {
    const around = MEMBER_REFERENCES[name];
    if (around === undefined) return expect.unreachable();
    const x = noise(length * WIDTH, 1);
    for (const form of [{ kind: 'native' }, { kind: 'chunked', chunk: 16 }] as const)
      for (const [dtype, tolerance] of [
        ['float32', 1e-5],
        ['float16', 2e-2],
      ] as const) {
        const writing = { length, direction: 'bidirectional', layer: 0, form, dtype } as const;
        const wanted = runReference(hydra(member), hydraLayerReference(around), writing, x, 'definition');
        expect(relativeError(await runLayer(hydra(member), writing, x), wanted)).toBeLessThan(tolerance);
      }
  });
});
