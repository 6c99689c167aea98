import { expect, it } from 'vitest';
import { newJobId } from './job-id.js';
import { JOB_ID } from './job-record.js';

it('is an id, and later than the one before, however far the clock was set back', () => {
  let before = newJobId(Date.now() + 86_400_000);
  for (let count = 0; count < 70_000; count++) {
    const id = newJobId();
    if (!JOB_ID.test(id) || id <= before) expect.fail(`${id} after ${before}`);
    before = id;
  }
});
