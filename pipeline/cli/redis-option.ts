import { Option } from 'commander';

/** `--redis`, for every command that speaks to a fleet. */
export function redisOption(): Option {
  return new Option('--redis <url>', 'address of the Redis server').env('REDIS_URL').default('redis://127.0.0.1:6379');
}
