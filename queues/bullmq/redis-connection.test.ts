import { describe, expect, it } from 'vitest';
import { freePort } from '../../fixtures/free-port.js';
import { asRedisError, openRedis } from './redis-connection.js';

describe('openRedis', () => {
  it.each(['127.0.0.1', 'localhost'])('reports the reason of the socket when nothing listens on %s', async (host) => {
    const url = `redis://user:secret@${host}:${await freePort()}`;
    const redis = openRedis(url, 'fail');
    const { code, message } = await redis.ping().then(
      () => expect.unreachable(),
      (error: unknown) => asRedisError(error, url),
    );
    redis.disconnect();
    expect(code).toBe('EARSIGHT_REDIS_UNREACHABLE');
    expect(message).toMatch(/ECONNREFUSED/);
    expect(message).not.toMatch(/secret|maxRetries/);
  });

  it.each(['foo', 'localhost:6379', 'me:secret@host', 'http://127.0.0.1:6379'])(
    'refuses the invalid address %s with an example, without repeating it',
    (url) => {
      expect(() => openRedis(url, 'fail')).toThrow('write it like redis://127.0.0.1:6379');
    },
  );
});
