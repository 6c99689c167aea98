import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelCommand, limitCommand, retryCommand, statusCommand } from '../pipeline/cli/fleet-commands.js';
import { quarantineCommand } from '../pipeline/cli/quarantine-command.js';
import { submitCommand } from '../pipeline/cli/submit-command.js';
import { workerCommand } from '../pipeline/cli/worker-command.js';
import { RedisServer } from '../queues/testing/redis-server.js';
import { earsight, startEarsight, type Finished } from './earsight.js';
import { makeEmptyPack, makeTinyVideos } from './tiny-videos.js';

let cwd: string;
let server: RedisServer;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-commands-'));
  server = await RedisServer.start();
  await makeTinyVideos(join(cwd, 'in'), 2);
  await makeEmptyPack(join(cwd, 'pack'));
});
afterEach(async () => {
  await server.stop();
  await rm(cwd, { recursive: true, force: true });
});

async function fleet(...args: string[]): Promise<Finished> {
  return await earsight(args, { cwd, env: { REDIS_URL: server.url } });
}

/** `<state> <output>` of every video of the fleet. */
async function states(): Promise<string[]> {
  const lines = (await fleet('status', '--json')).stdout.trim().split('\n');
  const shown = lines.map((line) => JSON.parse(line) as { state?: string; job?: { output: string } });
  return shown.flatMap(({ state, job }) => (job === undefined ? [] : `${state} ${job.output}`)).sort();
}

describe('the fleet commands', () => {
  it('submit, show, cancel, limit and process videos', async () => {
    const submit = ['submit', 'in', '--out', 'out', '--pack', './pack'];
    const first = await fleet(...submit);
    expect(first.code).toBe(0);
    const ids = first.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '');
    expect(await states()).toEqual(['wait tiny-00.mp4', 'wait tiny-01.mp4']);
    expect((await fleet('cancel', ids[0] ?? '')).code).toBe(0);
    expect(await states()).toEqual(['wait tiny-01.mp4']);
    expect((await fleet(...submit)).stdout.split('\n')[0]).toContain(ids[0]);
    expect((await fleet('limit', 'media', '1')).code).toBe(0);

    const worker = startEarsight(['worker', '--redis', server.url, '--offline'], { cwd });
    const run = await fleet('run', 'in', '--out', 'out', '--pack', './pack', '--engine', 'bullmq', '--json');
    expect(run.code).toBe(0);
    worker.child.kill('SIGTERM');
    const { code, stdout } = await worker.finished;
    expect(code).toBe(0);
    expect(stdout).toContain('"stage":"extract"');
    expect(await states()).toEqual(['completed tiny-00.mp4', 'completed tiny-01.mp4']);
    expect((await fleet('status')).stdout).toContain('at most 1 at once');
    expect((await fleet(...submit)).stdout).toMatch(/^skipped .*\nskipped /);

    const unknown = await fleet('retry', 'nobody');
    expect([unknown.code, unknown.stderr.split(':')[0]]).toEqual([1, 'EARSIGHT_JOB_UNKNOWN']);
  });

  it('name the address of a Redis that does not answer, without its password', async () => {
    const env = { REDIS_URL: 'redis://:secret@127.0.0.1:9' };
    for (const args of [
      ['worker'],
      ['status'],
      ['run', 'in', '--out', 'out', '--engine', 'bullmq', '--pack', './pack'],
    ]) {
      const { code, stderr } = await earsight(args, { cwd, env });
      expect([args[0], code]).toEqual([args[0], 1]);
      expect(stderr).toContain('EARSIGHT_REDIS_UNREACHABLE: Redis at 127.0.0.1:9 does not answer');
      expect(stderr).not.toContain('secret');
    }
  });

  it('have examples in their --help', () => {
    const commands = [workerCommand, submitCommand, statusCommand, cancelCommand, retryCommand, limitCommand];
    for (const command of [...commands, quarantineCommand]) {
      let help = '';
      command()
        .configureOutput({ writeOut: (text) => (help += text) })
        .outputHelp();
      expect(help).toContain('Examples:');
    }
  });
});
