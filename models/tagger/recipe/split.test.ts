import { describe, expect, it } from 'vitest';
import { splitOf, splitOfGroup } from './split.js';

describe('splitOf', () => {
  it("puts ESC-10's fold 4 and every tenth file of an instrument into the report split", () => {
    expect(splitOf('audio/esc10/rain/4-161127-A.ogg', 0)).toBe('report');
    expect(splitOf('audio/esc10/rain/3-132852-A.ogg', 0)).toBe('train');
    expect(splitOf('audio/esc10/rain/1-17367-A.ogg', 0)).toBe('train');
    const uses = Array.from({ length: 24 }, (_, index) => splitOf(`audio/instruments/cello/${index}.ogg`, index));
    expect(uses.flatMap((use, index) => (use === 'report' ? [index + 1] : []))).toEqual([10, 20]);
  });
});

describe('splitOfGroup', () => {
  it('puts about a seventh of the groups into the report split, and the same ones each time', () => {
    const splits = Array.from({ length: 1000 }, (_, index) => splitOfGroup(`group ${index}`));
    const reported = splits.filter((split) => split === 'report').length;
    expect(reported).toBeGreaterThan(100);
    expect(reported).toBeLessThan(180);
    expect(splits).toContain('choose');
    expect(splitOfGroup('group 7')).toBe(splits[7]);
  });
});
