import { describe, expect, it } from 'vitest';
import { freePort } from '../../fixtures/free-port.js';
import { asRedisError, openRedis } from './redis-connection.js';

describe('an address', () => {
  it.each(['127.0.0.1', 'localhost'])(
    '%s where nothing listens is refused with the reason of the socket',
    async (host) => {
      const url = `redis://user:secret@${host}:${await freePort()}`;
      const redis = openRedis(url, 'prompt');
      const { code, message } = await redis.ping().then(
        () => expect.unreachable(),
        (error: unknown) => asRedisError(error, url),
      );
      redis.disconnect();
      expect(code).toBe('EARSIGHT_REDIS_UNREACHABLE');
      expect(message).toMatch(/ECONNREFUSED/);
      expect(message).not.toMatch(/secret|maxRetries/);
    },
  );

  it.each(['foo', 'localhost:6379', 'me:secret@host', 'http://127.0.0.1:6379'])(
    'that is none, %s, is refused with an example, and not repeated',
    (url) => {
      expect(() => openRedis(url, 'prompt')).toThrow('write it like redis://127.0.0.1:6379');
    },
  );
});
