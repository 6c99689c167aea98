import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FlashFilter } from './flash-filter.js';

const GOLDEN = '../shared/oracles/golden.json';
const goldenSchema = z.object({
  flash_filter: z.object({
    cases: z
      .array(
        z.object({
          mode: z.enum(['MERGE', 'SUPPRESS']),
          min_len: z.number(),
          above: z.array(z.number()),
          frames: z.number(),
          cuts: z.array(z.number()),
        }),
      )
      .min(1),
  }),
});

describe.skipIf(!existsSync(GOLDEN))('FlashFilter against PySceneDetect (needs ../shared/oracles)', () => {
  it('gives the cuts of PySceneDetect in every golden case of its merge mode', () => {
    const { cases } = goldenSchema.parse(JSON.parse(readFileSync(GOLDEN, 'utf8'))).flash_filter;
    const merging = cases.filter(({ mode }) => mode === 'MERGE');
    for (const { min_len: length, above, frames, cuts } of merging) {
      expect(run(length, frames, above)).toEqual(cuts);
    }
    expect(merging.length).toBeGreaterThanOrEqual(75);
  });
});

describe('FlashFilter', () => {
  it('lets every frame above the threshold through at length 0', () => {
    expect(run(0, 6, [0, 1, 2, 5])).toEqual([0, 1, 2, 5]);
  });

  it('merges a burst of cuts into its last frame', () => {
    expect(run(3, 20, [5, 6, 7, 8, 9, 10])).toEqual([5, 10]);
  });
});

function run(length: number, frames: number, above: readonly number[]): number[] {
  const filter = new FlashFilter(length);
  return Array.from({ length: frames }, (_, frame) => filter.push(frame, above.includes(frame))).filter(
    (cut) => cut !== null,
  );
}
