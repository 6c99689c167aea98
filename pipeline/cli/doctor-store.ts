import { randomUUID } from 'node:crypto';
import { toEarsightError } from '../../core/errors.js';
import { Bucket } from '../../core/store/bucket/bucket.js';
import { bucketUrlText, parseBucketUrl } from '../../core/store/bucket/bucket-url.js';
import type { Finding } from './doctor-checks.js';

/** Does to a bucket, with an object of its own, everything that workers do. */
export async function checkStore(url: string): Promise<Finding[]> {
  try {
    const place = parseBucketUrl(url);
    return [{ what: 'store', ...(await judge(new Bucket(place), bucketUrlText(place))) }];
  } catch (error) {
    const { message, advice } = toEarsightError(error);
    return [{ what: 'store', state: 'lacking', found: message, advice }];
  }
}

async function judge(bucket: Bucket, place: string): Promise<Omit<Finding, 'what'>> {
  const name = `doctor/${randomUUID()}.json`;
  await bucket.write(name, '1', { absent: true });
  try {
    const wroteTwice = await bucket.write(name, '2', { absent: true });
    await bucket.read(name);
    for await (const listed of bucket.list('doctor/')) if (listed.name === name) break;
    if (!wroteTwice) return { state: 'ok', found: `${place}: reads, writes, lists`, advice: '' };
    const advice = 'Works; where two workers make one thing at once, the later one wins, and more rubbish is left.';
    return { state: 'optional', found: `${place}: ignores conditional writes`, advice };
  } finally {
    await bucket.remove(name);
  }
}
