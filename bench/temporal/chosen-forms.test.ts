import { describe, expect, it } from 'vitest';
import { readFormTable } from '../../models/mixers/recurrence/form-table.js';
import { chosenForms, leaveOneOut } from './chosen-forms.js';

const TABLE = {
  webgpu: {
    constant: {},
    scalar: {
      64: { native: 1, 'chunked-32': 4, 'chunked-64': 3 },
      256: { native: 4, 'chunked-32': 2, 'chunked-64': 3 },
    },
    vector: {},
  },
};

describe('the choice of a form', () => {
  it('is set against the two that were chosen between, and against all', () => {
    const forms = [
      { form: 'native' as const, runMs: 5 },
      { form: 'chunked-32' as const, runMs: 6 },
      { form: 'chunked-64' as const, runMs: 3 },
    ];
    const [choice] = chosenForms('webgpu', 'scalar', [{ length: 256, forms }], TABLE);
    expect(choice).toMatchObject({ chosen: 'chunked-32', ofTwo: 6 / 5, ofAll: 2 });
  });

  it('is judged at a length by what was measured at the others', () => {
    const [first, last] = leaveOneOut('webgpu', 'scalar', TABLE);
    expect(first).toMatchObject({ length: 64, chosen: 'chunked-32', ofTwo: 4 });
    expect(last).toMatchObject({ length: 256, chosen: 'native', ofAll: 2 });
  });
});

/**
 * The rule: at most 5 % slower than the better of the operator and the chunked graph. On a GPU a graph of a few hundred
 * steps is bound by its launches, and two processes on one card differ by more than that (bench/results.md): near the
 * crossing of the two forms a single length may say otherwise than its neighbours.
 */
describe.each([
  { device: 'cpu', decay: 'constant', share: 1, worst: 1.05 },
  { device: 'cpu', decay: 'scalar', share: 1, worst: 1.05 },
  { device: 'cpu', decay: 'vector', share: 1, worst: 1.05 },
  { device: 'webgpu', decay: 'constant', share: 0.96, worst: 1.25 },
  { device: 'webgpu', decay: 'scalar', share: 0.96, worst: 1.25 },
  { device: 'webgpu', decay: 'vector', share: 0.96, worst: 1.25 },
] as const)('the shipped table, $device, $decay gates', ({ device, decay, share, worst }) => {
  it(`would have had the faster form at ${100 * share} % of its lengths, had they been left out`, () => {
    const ratios = leaveOneOut(device, decay, readFormTable()).map(({ ofTwo }) => ofTwo);
    expect(ratios.length).toBeGreaterThan(4);
    expect(ratios.filter((ratio) => ratio <= 1.05).length / ratios.length).toBeGreaterThanOrEqual(share);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(worst);
  });
});
