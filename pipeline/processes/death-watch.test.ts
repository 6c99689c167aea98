import { describe, expect, it } from 'vitest';
import { isOwnFault, memoryKills } from '../../core/processes/process-ended.js';

describe('isOwnFault', () => {
  it.each([
    [{ code: null, signal: 'SIGSEGV' }, 0, true],
    [{ code: null, signal: 'SIGABRT' }, 0, true],
    [{ code: 1, signal: null }, 0, true],
    [{ code: null, signal: 'SIGKILL' }, 1, true],
    [{ code: null, signal: 'SIGKILL' }, 0, false],
    [{ code: null, signal: 'SIGTERM' }, 0, false],
    [{ code: 0, signal: null }, 0, false],
  ] as const)('after %j with %d kills for memory is %j', (ending, kills, own) => {
    expect(isOwnFault(ending, kills)).toBe(own);
  });
});

it('memoryKills reads the count of the kernel', async () => {
  expect(await memoryKills()).toBeGreaterThanOrEqual(0);
});
