import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../../fixtures/free-port.js';
import { RedisServer } from './redis-server.js';

vi.mock('../../fixtures/free-port.js', { spy: true });

describe('RedisServer', () => {
  it('keeps its data across a kill and a restart', async () => {
    const server = await RedisServer.start();
    try {
      const before = server.connect();
      await before.set('kept', 'yes');
      // With `appendfsync everysec`, Redis may lose the last second.
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

  it('takes another port when its port is in use, and never mistakes another server for itself', async () => {
    const other = await RedisServer.start();
    vi.mocked(freePort).mockClear().mockResolvedValueOnce(other.port);
    const server = await RedisServer.start();
    try {
      expect(freePort).toHaveReturnedTimes(2);
      expect(server.port).not.toBe(other.port);
      await server.kill();
      const intruder = spawn('redis-server', ['--port', String(server.port), '--save', ''], { stdio: 'ignore' });
      const connection = server.connect();
      await vi.waitFor(async () => expect(await connection.ping()).toBe('PONG'), 10_000);
      connection.disconnect();
      await expect(server.restart()).rejects.toThrow('ended with 1');
      intruder.kill('SIGKILL');
      await once(intruder, 'exit');
    } finally {
      for (const one of [server, other]) await one.stop();
    }
  });
});
