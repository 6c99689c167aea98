import { expect, it } from 'vitest';
import { RedisServer } from './redis-server.js';

it('keeps what was written across a kill and a restart', async () => {
  const server = await RedisServer.start();
  try {
    const before = server.connect();
    await before.set('kept', 'yes');
    // One second is what AOF everysec may lose.
    await before.call('WAITAOF', '1', '0', '2000').catch(async () => await new Promise((r) => setTimeout(r, 1_200)));
    before.disconnect();
    await server.kill();
    await server.restart();
    const after = server.connect();
    expect(await after.get('kept')).toBe('yes');
    after.disconnect();
  } finally {
    await server.stop();
  }
});
