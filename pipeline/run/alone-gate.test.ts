import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AloneGate } from './alone-gate.js';

it('lets many pass at once, one alone, and nobody be overtaken for ever', async () => {
  const gate = new AloneGate();
  let inside = 0;
  const seen: string[] = [];
  const pass = async (name: string, alone: boolean): Promise<void> =>
    await gate.pass(alone, async () => {
      inside += 1;
      seen.push(name);
      if (alone) expect(inside).toBe(1);
      await sleep(10);
      if (alone) expect(inside).toBe(1);
      inside -= 1;
    });
  const failing = gate.pass(true, async () => await Promise.reject(new TypeError('as it does')));
  await expect(failing).rejects.toThrow('as it does');
  await Promise.all([pass('a', false), pass('b', false), pass('suspect', true), pass('c', false), pass('d', false)]);
  expect(seen).toEqual(['a', 'b', 'suspect', 'c', 'd']);
});
