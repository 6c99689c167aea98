import { expect, it } from 'vitest';
import { failureText } from '../../core/failure-text.js';
import { EarsightError } from '../../core/errors.js';
import { failureOfJob } from './job-failure.js';

it('failureOfJob recognises a job that stalled too often, and otherwise returns the stored error', () => {
  expect(failureOfJob('job stalled more than allowable limit').code).toBe('EARSIGHT_WORKER_ENDED');
  const error = new EarsightError('EARSIGHT_INPUT_DAMAGED', { path: '/in/a.mp4', reason: 'so' });
  expect(failureOfJob(failureText(error)).message).toBe(error.message);
});
