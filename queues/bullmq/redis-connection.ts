import { Redis } from 'ioredis';
import { EarsightError } from '../../core/errors.js';

/** A healthy server answers in under a millisecond; one that needs this long does not work. */
const ANSWER_LIMIT_MS = 5_000;
/** Delays between attempts to reconnect, doubling from the first value to the second. */
const RECONNECT_MS = [100, 2_000] as const;

/**
 * What a command does while the server cannot be reached. `wait` waits without limit: for workers, as BullMQ requires, whose
 * work continues meanwhile. `fail` fails within seconds: for callers that somebody waits for.
 */
type WhenUnavailable = 'wait' | 'fail';

/**
 * The last connection error of each address. A command that fails because there is no connection reports only that it
 * waited, not why.
 */
const lastErrors = new Map<string, string>();

/** Opens a connection lazily. @throws EarsightError EARSIGHT_USAGE for an invalid address. */
export function openRedis(url: string, whenUnavailable: WhenUnavailable): Redis {
  redactedAddress(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_LIMIT_MS,
    retryStrategy: (times) => Math.min(RECONNECT_MS[0] * 2 ** Math.min(times, 10), RECONNECT_MS[1]),
    ...(whenUnavailable === 'wait'
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: 1, commandTimeout: ANSWER_LIMIT_MS }),
  });
  // Failed commands reject as well; without a listener the first lost connection would end the process.
  redis.on('error', (error: NodeJS.ErrnoException) => lastErrors.set(url, textOf(error)));
  redis.on('ready', () => lastErrors.delete(url));
  return redis;
}

/**
 * Host and port of an address, without the password it may hold.
 * @throws EarsightError EARSIGHT_USAGE for an invalid address, which is not shown because it may hold a password too
 */
export function redactedAddress(url: string): string {
  if (/^rediss?:/.test(url) && URL.canParse(url)) return new URL(url).host;
  const reason = 'the address of the Redis server cannot be read: write it like redis://127.0.0.1:6379';
  throw new EarsightError('EARSIGHT_USAGE', { reason });
}

/** Converts an error of a Redis command to an `EarsightError`. */
export function asRedisError(thrown: unknown, url: string): EarsightError {
  if (thrown instanceof EarsightError) return thrown;
  const reason = lastErrors.get(url) ?? (thrown instanceof Error ? thrown.message : String(thrown));
  const server = redactedAddress(url);
  if (isOutOfMemory(thrown)) return new EarsightError('EARSIGHT_QUEUE_FULL', { reason: `Redis at ${server} is full` });
  return new EarsightError('EARSIGHT_REDIS_UNREACHABLE', { server, reason }, { cause: thrown });
}

/** Redis begins its refusal of writes at the memory limit with `OOM`. */
function isOutOfMemory(thrown: unknown): boolean {
  return thrown instanceof Error && /\bOOM\b/.test(thrown.message);
}

/** When no address of a host name answers, Node's error has an empty message and only a code. */
function textOf({ message, code = '' }: NodeJS.ErrnoException): string {
  return message === '' ? code : message;
}
