import { expect, it } from 'vitest';
import { inputsIn } from './run-command.js';

it('tells inputs from flags and their values, wherever they stand', () => {
  expect(inputsIn([])).toEqual([]);
  expect(inputsIn(['--frames', 'keyframes', '--labels', 'mine.txt', '--json'])).toEqual([]);
  expect(inputsIn(['--frames', 'keyframes', 'a.mp4', '--out=o', 'b.mp4'])).toEqual(['a.mp4', 'b.mp4']);
  expect(inputsIn(['--offline', '--', '-odd-name.mp4'])).toEqual(['-odd-name.mp4']);
  expect(inputsIn(['--help'])).toEqual([]);
});
