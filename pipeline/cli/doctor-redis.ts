import { Redis } from 'ioredis';
import { savePointsOf, weaknessOf } from '../../queues/bullmq/check-redis.js';
import { redactedAddress } from '../../queues/bullmq/redis-connection.js';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import type { Finding } from './doctor-checks.js';

/** A server that does not answer a ping in this time is no use to a queue. */
const PATIENCE_MS = 2_000;

/** Redis is needed by a fleet, not by this machine alone: its absence is no fault. */
export async function checkRedis(): Promise<Finding[]> {
  const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const named = process.env['REDIS_URL'] !== undefined;
  let server: string;
  try {
    server = redactedAddress(url);
  } catch (error) {
    const { message } = toEarsightError(error);
    return [{ what: 'redis', state: 'lacking', found: message, advice: 'Correct REDIS_URL.' }];
  }
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Failures arrive at the awaited calls as well.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return [judge(await redis.info(), await savePointsOf(redis))];
  } catch {
    const advice = 'Only needed to spread work over machines: start redis-server, or set REDIS_URL.';
    const found = `no answer from ${server}`;
    return [{ what: 'redis', state: named ? 'lacking' : 'optional', found, advice }];
  } finally {
    redis.disconnect();
  }
}

function judge(info: string, savePoints: string | null): Finding {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'of unknown version';
  const weakness = weaknessOf(info, savePoints);
  if (weakness === null) return { what: 'redis', state: 'ok', found: version, advice: '' };
  const { advice } = new EarsightError('EARSIGHT_REDIS_UNSAFE');
  return { what: 'redis', state: 'optional', found: `${version}: ${weakness}`, advice };
}
