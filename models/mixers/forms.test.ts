import { describe, expect, it } from 'vitest';
import type { MixerLayer, LayerContext } from './layer.js';
import { MIXERS } from './members.js';
import { runReference, type ReferenceContext } from './testing/reference-layer.js';
import { runLayer, streamLayer, WIDTH, type LayerWriting } from './testing/layer-session.js';
import { MEMBER_REFERENCES } from './testing/member-references.js';
import { noise, relativeError } from './testing/rows.js';

const LENGTHS = [1, 2, 10, 63, 64, 65, 600, 4096];
const FORMS: readonly LayerContext['form'][] = [{ kind: 'native' }, { kind: 'chunked', chunk: 16 }];
const TOLERANCE = { float32: 1e-5, float16: 2e-2 } as const;

const plain = (mixer: MixerLayer, writing: LayerWriting, x: Float32Array, by: ReferenceContext['by']): Float64Array =>
  runReference(mixer, MEMBER_REFERENCES[mixer.declaration.name], writing, x, by);

const cases = MIXERS.flatMap((mixer): [string, LayerContext['direction'], MixerLayer][] => {
  const { name, direction } = mixer.declaration;
  const directions = direction === 'either' ? (['causal', 'bidirectional'] as const) : [direction];
  return directions.map((way) => [name, way, mixer]);
});

describe.each(cases)('%s, %s: the forms of the layer', (_, direction, mixer) => {
  const streamed = direction === 'causal' && mixer.carriedTypes !== undefined;

  it.each(LENGTHS)('reference, step form and sequence form agree at length %i', async (length) => {
    const long = length > 1000;
    const x = noise(length * WIDTH, 1);
    // The first layer adds the positions, and the last one has the longest memory.
    for (const layer of long && direction === 'bidirectional' ? [0] : [0, 1]) {
      const writing = { length, direction, layer, form: { kind: 'native' }, dtype: 'float32' } as const;
      const steps = plain(mixer, writing, x, 'steps');
      // The definition takes T² sums, so at the longest length it is computed once. Bidirectional steps use it anyway.
      if (!long || (direction === 'causal' && layer === 0))
        expect(relativeError(steps, plain(mixer, writing, x, 'definition'))).toBeLessThan(1e-10);
      for (const form of FORMS)
        for (const dtype of ['float32', 'float16'] as const) {
          const found = await runLayer(mixer, { ...writing, form, dtype }, x);
          expect(relativeError(found, steps), `${form.kind}, ${dtype}, layer ${layer}`).toBeLessThan(TOLERANCE[dtype]);
          if (!streamed) continue;
          for (const stretch of long ? [64] : [1, 64]) {
            if (length % stretch !== 0) continue;
            const parts = await streamLayer(mixer, { ...writing, form, dtype, length: stretch }, x);
            expect(relativeError(parts, steps), `${form.kind}, ${dtype}, by ${stretch}`).toBeLessThan(TOLERANCE[dtype]);
          }
        }
    }
  });

  it.skipIf(!streamed)(
    'streams single float16 steps over 4,096 steps within the tolerance (skipped for members that are not streamed)',
    async () => {
      const x = noise(4096 * WIDTH, 2);
      const writing = { length: 1, direction, layer: 0, form: { kind: 'native' }, dtype: 'float16' } as const;
      const found = await streamLayer(mixer, writing, x);
      const wanted = plain(mixer, { ...writing, length: 4096 }, x, 'steps');
      expect(relativeError(found, wanted)).toBeLessThan(TOLERANCE.float16);
    },
  );
});

it('a float16 network keeps a memory without decay over 16,384 similar steps', async () => {
  const length = 16_384;
  const x = noise(length * WIDTH, 1).map((value, i) => 0.9 * value + (i % 3 === 0 ? -3 : 3));
  for (const mixer of MIXERS.filter(({ declaration }) => ['tnl', 'linear-attention'].includes(declaration.name)))
    for (const form of FORMS) {
      const writing = { length, direction: 'causal', layer: 1, form } as const;
      const half = await runLayer(mixer, { ...writing, dtype: 'float16' }, x);
      const exact = await runLayer(mixer, { ...writing, dtype: 'float32' }, x);
      expect(relativeError(half, exact), `${mixer.declaration.name}, ${form.kind}`).toBeLessThan(TOLERANCE.float16);
    }
});
