import { Redis } from 'ioredis';
import { EarsightError } from '../../core/errors.js';

/** A server that is alone on its machine answers in under a millisecond; one that needs this long has stopped. */
const ANSWER_LIMIT_MS = 5_000;
/** Between tries to connect again, growing from the first to the last. */
const RECONNECT_MS = [100, 2_000] as const;

/**
 * `patient` waits for a server that went away, however long: for workers, whose work goes on meanwhile. `prompt` fails
 * within seconds: for whoever has somebody waiting for an answer.
 */
export type WhenUnavailable = 'patient' | 'prompt';

/** By address, what the last try to connect ended with: the calls that waited for it are only told that they waited. */
const lastErrors = new Map<string, string>();

/** @throws EarsightError EARSIGHT_USAGE for what is no address. */
export function openRedis(url: string, patience: WhenUnavailable): Redis {
  redactedAddress(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_LIMIT_MS,
    retryStrategy: (times) => Math.min(RECONNECT_MS[0] * 2 ** Math.min(times, 10), RECONNECT_MS[1]),
    ...(patience === 'patient'
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: 1, commandTimeout: ANSWER_LIMIT_MS }),
  });
  // Every failed call rejects as well; without a listener the first lost connection would end the process.
  redis.on('error', (error: NodeJS.ErrnoException) => lastErrors.set(url, textOf(error)));
  redis.on('ready', () => lastErrors.delete(url));
  return redis;
}

/**
 * Host and port, without the password an address may hold.
 * @throws EarsightError EARSIGHT_USAGE for what is no address; it may hold a password all the same and is not shown.
 */
export function redactedAddress(url: string): string {
  if (/^rediss?:/.test(url) && URL.canParse(url)) return new URL(url).host;
  const reason = 'the address of the Redis server cannot be read: write it like redis://127.0.0.1:6379';
  throw new EarsightError('EARSIGHT_USAGE', { reason });
}

/** What a call to Redis threw, as the error that says what to do. */
export function asRedisError(thrown: unknown, url: string): EarsightError {
  if (thrown instanceof EarsightError) return thrown;
  const reason = lastErrors.get(url) ?? (thrown instanceof Error ? thrown.message : String(thrown));
  const server = redactedAddress(url);
  if (isOutOfMemory(thrown)) return new EarsightError('EARSIGHT_QUEUE_FULL', { reason: `Redis at ${server} is full` });
  return new EarsightError('EARSIGHT_REDIS_UNREACHABLE', { server, reason }, { cause: thrown });
}

/** Redis begins its refusal of any further byte with this word. */
export function isOutOfMemory(thrown: unknown): boolean {
  return thrown instanceof Error && /\bOOM\b/.test(thrown.message);
}

/** A name with several addresses gives an error without a word of its own, when none of them answers. */
function textOf({ message, code = '' }: NodeJS.ErrnoException): string {
  return message === '' ? code : message;
}
