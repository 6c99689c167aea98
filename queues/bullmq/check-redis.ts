import type { Redis } from 'ioredis';
import { EarsightError } from '../../core/errors.js';
import { asRedisError, redactedAddress } from './redis-connection.js';

/** The oldest version that BullMQ supports ("Redis 6.2 or newer" in its guide's compatibility page). */
const MIN_VERSION: readonly [number, number] = [6, 2];

/**
 * Refuses a server that would lose jobs: one that is too old, that evicts keys when memory is short (BullMQ's "Going to
 * production": `noeviction` is "the only setting that guarantees the correct behavior"), or that does not persist its data;
 * and a server that accepts no writes.
 * @throws EarsightError EARSIGHT_REDIS_UNSAFE, EARSIGHT_REDIS_UNREACHABLE.
 */
export async function checkRedis(redis: Redis, url: string): Promise<void> {
  const info = await redis.info().catch((error: unknown) => {
    throw asRedisError(error, url);
  });
  const reason = weaknessOf(info, await savePointsOf(redis));
  if (reason !== null) throw new EarsightError('EARSIGHT_REDIS_UNSAFE', { server: redactedAddress(url), reason });
}

/**
 * The server's setting `save`, its snapshot intervals; null where the CONFIG command is forbidden, as hosting providers do,
 * which make backups of their own.
 */
export async function savePointsOf(redis: Redis): Promise<string | null> {
  const [, savePoints = null] = await redis.config('GET', 'save').then(toTexts, () => []);
  return savePoints;
}

/**
 * Returns why a server that answers `INFO` with this text is unsafe; null when it is safe.
 * @param savePoints its setting `save`; null when it is not known
 */
export function weaknessOf(info: string, savePoints: string | null): string | null {
  const version = fieldOf(info, 'redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]))
    return `version ${version} is too old`;
  const policy = fieldOf(info, 'maxmemory_policy') ?? 'unknown';
  if (policy !== 'noeviction') return `maxmemory-policy is ${policy}, so jobs can vanish`;
  if (fieldOf(info, 'aof_enabled') !== '1' && savePoints === '') return 'it keeps nothing on disk';
  if (fieldOf(info, 'role') === 'slave') return 'it is a replica, which takes no jobs';
  // Redis refuses every write until the disk works again.
  if (fieldOf(info, 'aof_last_write_status') === 'err') return 'it cannot write to its disk';
  return null;
}

/** The bytes used and the memory limit; a limit of 0 means none. */
export function memoryOf(info: string): { readonly used: number; readonly limit: number } {
  return { used: Number(fieldOf(info, 'used_memory') ?? 0), limit: Number(fieldOf(info, 'maxmemory') ?? 0) };
}

function toTexts(answer: unknown): string[] {
  return Array.isArray(answer) ? answer.map(String) : [];
}

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
