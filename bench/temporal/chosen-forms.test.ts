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

/** The rule: at most 5 % slower than the better of the operator and the chunked graph, anywhere. */
describe.each(['constant', 'scalar', 'vector'] as const)('the shipped table, %s gates', (decay) => {
  it.each(['cpu', 'webgpu'] as const)('on %s: no length left out would have had the slower form', (device) => {
    const choices = leaveOneOut(device, decay, readFormTable());
    expect(choices.length).toBeGreaterThan(4);
    expect(Math.max(...choices.map(({ ofTwo }) => ofTwo))).toBeLessThanOrEqual(1.05);
  });
});
