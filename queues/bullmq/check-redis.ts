import type { Redis } from 'ioredis';
import { EarsightError } from '../../core/errors.js';
import { asRedisError, redactedAddress } from './redis-connection.js';

/** The oldest version BullMQ is tested with by its authors ("Redis 6.2 or newer" in its guide's compatibility page). */
const OLDEST: readonly [number, number] = [6, 2];

/**
 * Refuses a server that would lose jobs: too old, one that throws keys away when memory is short (BullMQ's "Going to
 * production": `noeviction` is "the only setting that guarantees the correct behavior"), or one that keeps nothing on
 * disk; and one that answers questions and takes nothing.
 * @throws EarsightError EARSIGHT_REDIS_UNSAFE, EARSIGHT_REDIS_UNREACHABLE.
 */
export async function checkRedis(redis: Redis, url: string): Promise<void> {
  const info = await redis.info().catch((error: unknown) => {
    throw asRedisError(error, url);
  });
  const reason = weaknessOf(info, await savePointsOf(redis));
  if (reason !== null) throw new EarsightError('EARSIGHT_REDIS_UNSAFE', { server: redactedAddress(url), reason });
}

/** When the server writes snapshots; null where it may not be asked: providers forbid that, and keep their own. */
export async function savePointsOf(redis: Redis): Promise<string | null> {
  const [, savePoints = null] = await redis.config('GET', 'save').then(toTexts, () => []);
  return savePoints;
}

/**
 * What is wrong with a server that answers `INFO` with this text; null when nothing is.
 * @param savePoints its setting `save`; null where it may not be asked.
 */
export function weaknessOf(info: string, savePoints: string | null): string | null {
  const version = fieldOf(info, 'redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) return `version ${version} is too old`;
  const policy = fieldOf(info, 'maxmemory_policy') ?? 'unknown';
  if (policy !== 'noeviction') return `maxmemory-policy is ${policy}, so jobs can vanish`;
  if (fieldOf(info, 'aof_enabled') !== '1' && savePoints === '') return 'it keeps nothing on disk';
  if (fieldOf(info, 'role') === 'slave') return 'it is a replica, which takes no jobs';
  // It refuses every write until that is mended.
  if (fieldOf(info, 'aof_last_write_status') === 'err') return 'it cannot write to its disk';
  return null;
}

/** Bytes used and allowed; 0 allowed means no limit. */
export function memoryOf(info: string): { readonly used: number; readonly limit: number } {
  return { used: Number(fieldOf(info, 'used_memory') ?? 0), limit: Number(fieldOf(info, 'maxmemory') ?? 0) };
}

function toTexts(answer: unknown): string[] {
  return Array.isArray(answer) ? answer.map(String) : [];
}

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
