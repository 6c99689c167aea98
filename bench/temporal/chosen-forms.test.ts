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

describe('chosenForms', () => {
  it('compares the chosen form with the two candidates and with all forms', () => {
    const forms = [
      { form: 'native' as const, runMs: 5 },
      { form: 'chunked-32' as const, runMs: 6 },
      { form: 'chunked-64' as const, runMs: 3 },
    ];
    const [choice] = chosenForms('webgpu', 'scalar', [{ length: 256, forms }], TABLE);
    expect(choice).toMatchObject({ chosen: 'chunked-32', ofTwo: 6 / 5, ofAll: 2 });
  });

  it('is evaluated by leaveOneOut at each length from the rows of the other lengths', () => {
    const [first, last] = leaveOneOut('webgpu', 'scalar', TABLE);
    expect(first).toMatchObject({ length: 64, chosen: 'chunked-32', ofTwo: 4 });
    expect(last).toMatchObject({ length: 256, chosen: 'native', ofAll: 2 });
  });
});

/**
 * The rule: at most 5 % slower than the faster of the operator and the chunked graph. On a GPU, a graph of a few
 * hundred steps is bound by kernel launches, and two processes on the same GPU differ by more than 5 %
 * (bench/results.md). Near the length at which the two forms are equally fast, a single length may therefore disagree
 * with its neighbours.
 */
describe.each([
  { device: 'cpu', decay: 'constant', share: 1, worst: 1.05 },
  { device: 'cpu', decay: 'scalar', share: 1, worst: 1.05 },
  { device: 'cpu', decay: 'vector', share: 1, worst: 1.05 },
  { device: 'webgpu', decay: 'constant', share: 0.96, worst: 1.25 },
  { device: 'webgpu', decay: 'scalar', share: 0.96, worst: 1.25 },
  { device: 'webgpu', decay: 'vector', share: 0.96, worst: 1.25 },
] as const)('the shipped table, $device, $decay gates', ({ device, decay, share, worst }) => {
  it(`chooses the faster form at ${100 * share} % of its lengths in leave-one-out evaluation`, () => {
    const ratios = leaveOneOut(device, decay, readFormTable()).map(({ ofTwo }) => ofTwo);
    expect(ratios.length).toBeGreaterThan(4);
    expect(ratios.filter((ratio) => ratio <= 1.05).length / ratios.length).toBeGreaterThanOrEqual(share);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(worst);
  });
});
