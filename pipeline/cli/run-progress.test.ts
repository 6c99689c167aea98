import { expect, it } from 'vitest';
import { statusOf } from './run-display.js';
import { RunProgress } from './run-progress.js';

const stages = ['extract', 'encode', 'label', 'report'];

it('tells no time left before half of a video is done', () => {
  const progress = new RunProgress();
  progress.take({ type: 'inputs', count: 2 });
  expect(statusOf(progress)).toBe('0/2 videos');
  progress.take({ type: 'started', input: 'a.mp4', stages });
  progress.take({ type: 'stage-done', input: 'a.mp4', stage: 'extract', wallMs: 1 });
  progress.take({ type: 'progress', input: 'a.mp4', stage: 'encode', fraction: 0.9 });
  expect(progress.remainingSec).toBeNull();
  expect(statusOf(progress)).toBe('0/2 videos, encode');
  progress.take({ type: 'stage-done', input: 'a.mp4', stage: 'encode', wallMs: 1 });
  expect(progress.remainingSec).toBeGreaterThan(0);
  expect(statusOf(progress)).toMatch(/^0\/2 videos, encode, \d+\.\d s left$/);
});

it('takes neither a refused input nor one that was finished before for its pace', () => {
  const progress = new RunProgress();
  const row = { schema: 1 as const, input: 'a.mp4', id: '0', error: null, durationSec: null, outputs: [] };
  progress.take({ type: 'inputs', count: 3 });
  progress.take({ type: 'settled', row: { ...row, status: 'failed' } });
  progress.take({ type: 'settled', row: { ...row, status: 'skipped' } });
  expect(statusOf(progress)).toBe('2/3 videos, 1 failed');
});
