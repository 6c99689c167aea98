import { Redis } from 'ioredis';
import type { Finding } from './doctor-checks.js';

/** A server that does not answer a ping in this time is no use to a queue. */
const PATIENCE_MS = 2_000;

/** Redis is needed by a fleet, not by this machine alone: its absence is no fault. */
export async function checkRedis(): Promise<Finding[]> {
  const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const named = process.env['REDIS_URL'] !== undefined;
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
    return [judge(await redis.info())];
  } catch {
    const advice = 'Only needed to spread work over machines: start redis-server, or set REDIS_URL.';
    const found = `no answer from ${withoutSecrets(url)}`;
    return [{ what: 'redis', state: named ? 'lacking' : 'optional', found, advice }];
  } finally {
    redis.disconnect();
  }
}

/** BullMQ's "Going to production": any other policy lets Redis throw jobs away. */
function judge(info: string): Finding {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'of unknown version';
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'unknown';
  const safe = policy === 'noeviction';
  return {
    what: 'redis',
    state: safe ? 'ok' : 'optional',
    found: `${version}, maxmemory-policy ${policy}`,
    advice: safe ? '' : 'Set it, or jobs can vanish: redis-cli config set maxmemory-policy noeviction',
  };
}

function withoutSecrets(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'REDIS_URL, which is not an address';
}
