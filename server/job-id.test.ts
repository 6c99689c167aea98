import { expect, it } from 'vitest';
import { newJobId } from './job-id.js';
import { JOB_ID } from './job-record.js';

it('newJobId returns valid ids in ascending order even when the clock is set back', () => {
  let before = newJobId(Date.now() + 86_400_000);
  for (let count = 0; count < 70_000; count++) {
    const id = newJobId();
    if (!JOB_ID.test(id) || id <= before) expect.fail(`${id} after ${before}`);
    before = id;
  }
});
