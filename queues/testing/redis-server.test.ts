import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { freePort } from '../../fixtures/free-port.js';
import { RedisServer } from './redis-server.js';

vi.mock('../../fixtures/free-port.js', { spy: true });

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

it('goes to another port when somebody is quicker, and never takes the other one for itself', async () => {
  const other = await RedisServer.start();
  vi.mocked(freePort).mockClear().mockResolvedValueOnce(other.port);
  const server = await RedisServer.start();
  try {
    expect(freePort).toHaveReturnedTimes(2);
    expect(server.port).not.toBe(other.port);
    await server.kill();
    const thief = spawn('redis-server', ['--port', String(server.port), '--save', ''], { stdio: 'ignore' });
    const there = server.connect();
    await vi.waitFor(async () => expect(await there.ping()).toBe('PONG'), 10_000);
    there.disconnect();
    await expect(server.restart()).rejects.toThrow('ended with 1');
    thief.kill('SIGKILL');
    await once(thief, 'exit');
  } finally {
    for (const one of [server, other]) await one.stop();
  }
});
