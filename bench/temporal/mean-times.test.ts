import { expect, it } from 'vitest';
import { meanTimes } from './mean-times.js';

it('meanTimes takes the geometric mean of several processes for each length and form', () => {
  const first = [
    { length: 64, forms: [{ form: 'native' as const, runMs: 1 }] },
    { length: 16, forms: [{ form: 'native' as const, runMs: 3 }] },
  ];
  const second = [
    {
      length: 64,
      forms: [
        { form: 'native' as const, runMs: 4 },
        { form: 'chunked-32' as const, runMs: 5 },
      ],
    },
  ];
  const [short, long, ...more] = meanTimes([first, second]);
  expect(more).toEqual([]);
  expect(short?.length).toBe(16);
  expect(short?.forms[0]?.runMs).toBeCloseTo(3);
  expect(long?.forms.map(({ form }) => form)).toEqual(['native', 'chunked-32']);
  expect(long?.forms[0]?.runMs).toBeCloseTo(2);
  expect(long?.forms[1]?.runMs).toBeCloseTo(5);
});
