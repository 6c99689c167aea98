import { expect, it } from 'vitest';
import { statusOf } from './run-display.js';
import { RunProgress } from './run-progress.js';

const stages = ['extract', 'encode', 'label', 'report'];

it('estimates the remaining time only after half of a video', () => {
  const progress = new RunProgress();
  progress.update({ type: 'inputs', count: 2 });
  expect(statusOf(progress)).toBe('0/2 videos');
  progress.update({ type: 'started', input: 'a.mp4', stages });
  progress.update({ type: 'stage-done', input: 'a.mp4', stage: 'extract', wallMs: 1 });
  progress.update({ type: 'progress', input: 'a.mp4', stage: 'encode', fraction: 0.9 });
  expect(progress.remainingSec).toBeNull();
  expect(statusOf(progress)).toBe('0/2 videos, encode');
  progress.update({ type: 'stage-done', input: 'a.mp4', stage: 'encode', wallMs: 1 });
  expect(progress.remainingSec).toBeGreaterThan(0);
  expect(statusOf(progress)).toMatch(/^0\/2 videos, encode, \d+\.\d s left$/);
});

it('shows no speed and no remaining time from inputs that failed or were skipped', () => {
  const progress = new RunProgress();
  const row = {
    schema: 1 as const,
    input: 'a.mp4',
    id: '0',
    error: null,
    durationSec: null,
    warnings: { count: 0, codes: [] },
    outputs: [],
  };
  progress.update({ type: 'inputs', count: 3 });
  progress.update({ type: 'settled', row: { ...row, status: 'failed' } });
  progress.update({ type: 'settled', row: { ...row, status: 'skipped' } });
  expect(statusOf(progress)).toBe('2/3 videos, 1 failed');
});
