import { describe, expect, it } from 'vitest';
import { memoryOf, weaknessOf } from './check-redis.js';

function info(version: string, policy: string, aof: number): string {
  const lines = [`redis_version:${version}`, 'used_memory:1000', 'maxmemory:4000', `maxmemory_policy:${policy}`];
  return [...lines, `aof_enabled:${aof}`, ''].join('\r\n');
}

describe('the INFO text of a server', () => {
  it.each([
    ['7.0.15', 'noeviction', 1, '', null],
    ['6.2.0', 'noeviction', 0, '3600 1 300 100', null],
    ['7.2.4', 'noeviction', 0, null, null],
    ['6.0.16', 'noeviction', 1, '', 'version 6.0.16 is too old'],
    ['7.0.15', 'volatile-lru', 1, '', 'maxmemory-policy is volatile-lru, so jobs can vanish'],
    ['7.0.15', 'noeviction', 0, '', 'it keeps nothing on disk'],
  ])(
    'with version %s, %s, append-only %d and save points %j gives the weakness %j',
    (version, policy, aof, savePoints, weakness) => {
      expect(weaknessOf(info(version, policy, aof), savePoints)).toBe(weakness);
    },
  );

  it.each([
    ['role:slave', 'it is a replica, which takes no jobs'],
    ['aof_last_write_status:err', 'it cannot write to its disk'],
    ['role:master\r\naof_last_write_status:ok', null],
  ])('with %s gives the weakness %j', (line, weakness) => {
    expect(weaknessOf(`${info('7.0.15', 'noeviction', 1)}${line}\r\n`, '')).toBe(weakness);
  });

  it('contains the memory use and limit', () => {
    expect(memoryOf(info('7.0.15', 'noeviction', 1))).toEqual({ used: 1000, limit: 4000 });
  });
});
