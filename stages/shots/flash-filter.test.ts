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

describe.skipIf(!existsSync(GOLDEN))('FlashFilter against the published one (needs ../shared/oracles)', () => {
  it('agrees in every golden case', () => {
    const { cases } = goldenSchema.parse(JSON.parse(readFileSync(GOLDEN, 'utf8'))).flash_filter;
    for (const { mode, min_len: length, above, frames, cuts } of cases) {
      expect(run(mode === 'MERGE' ? 'merge' : 'suppress', length, frames, above)).toEqual(cuts);
    }
    expect(cases.length).toBeGreaterThanOrEqual(150);
  });
});

describe('FlashFilter', () => {
  it('lets everything through at length 0', () => {
    expect(run('merge', 0, 6, [0, 1, 2, 5])).toEqual([0, 1, 2, 5]);
  });

  it('merges a burst into its last frame', () => {
    expect(run('merge', 3, 20, [5, 6, 7, 8, 9, 10])).toEqual([5, 10]);
  });

  it('suppresses what follows a cut too quickly', () => {
    expect(run('suppress', 3, 20, [5, 6, 7, 8])).toEqual([5, 8]);
  });
});

function run(mode: 'merge' | 'suppress', length: number, frames: number, above: readonly number[]): number[] {
  const filter = new FlashFilter(mode, length);
  return Array.from({ length: frames }, (_, frame) => filter.push(frame, above.includes(frame))).filter(
    (cut) => cut !== null,
  );
}
