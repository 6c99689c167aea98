import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ffmpeg } from '../../../fixtures/ffmpeg.js';
import { extractInto, removeExtracted, temporaryFolder } from '../../../tests/extract-into.js';
import { ffmpegCapabilities } from './capabilities.js';
import { runProcess, type PipeConsumer, type ProcessRequest } from './process.js';
import { StderrTail } from '../../../core/processes/stderr-tail.js';

const stub = (name: string): string => new URL(`../../../fixtures/stubs/${name}.sh`, import.meta.url).pathname;
const inherited = process.env['EARSIGHT_FFMPEG'];

afterEach(() => {
  if (inherited === undefined) delete process.env['EARSIGHT_FFMPEG'];
  else process.env['EARSIGHT_FFMPEG'] = inherited;
  delete process.env['EARSIGHT_FFPROBE'];
});
afterAll(removeExtracted);

function request(overrides: Partial<ProcessRequest> = {}): ProcessRequest {
  const signal = new AbortController().signal;
  return {
    program: 'ffmpeg',
    args: [],
    path: 'x.mp4',
    signal,
    wallClockSec: 20,
    stallSec: 20,
    pipes: [],
    ...overrides,
  };
}

async function code(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => 'resolved',
    (error: unknown) => (error as { code?: string }).code,
  );
}

/** Command lines of all live processes that were started from a stub. */
async function survivors(name: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => line.includes(`${name}.sh`));
}

describe('runProcess', () => {
  it('frees every chunk of a pipe when the next one is requested', async () => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const args = ['-v', 'error', '-f', 'lavfi', '-i', 'color=s=256x144:d=2', '-f', 'rawvideo', 'pipe:1'];
    const read: PipeConsumer = async (pipe) => {
      for await (const chunk of pipe) {
        bytes += chunk.length;
        chunks.push(chunk);
      }
    };
    expect(await runProcess(request({ args, pipes: [read] }))).toMatchObject({ exitCode: 0 });
    expect(bytes).toBe(256 * 144 * 1.5 * 50);
    expect(chunks.filter(({ length }) => length > 0)).toEqual([]);
  });

  it('stops a process that makes no progress', async () => {
    process.env['EARSIGHT_FFMPEG'] = stub('hang');
    const began = performance.now();
    expect(await code(runProcess(request({ stallSec: 0.5 })))).toBe('EARSIGHT_FFMPEG_STALLED');
    expect(performance.now() - began).toBeLessThan(3000);
    expect(await survivors('hang')).toEqual([]);
  });

  it('kills a process at the wall-clock limit even if it ignores SIGTERM', async () => {
    process.env['EARSIGHT_FFMPEG'] = stub('ignore-sigterm');
    const began = performance.now();
    expect(await code(runProcess(request({ wallClockSec: 0.5 })))).toBe('EARSIGHT_FFMPEG_TIMEOUT');
    expect(performance.now() - began).toBeGreaterThan(5000);
    expect(performance.now() - began).toBeLessThan(8000);
    expect(await survivors('ignore-sigterm')).toEqual([]);
  });

  it('kills a process within two seconds of a cancellation, even if it ignores SIGTERM', async () => {
    process.env['EARSIGHT_FFMPEG'] = stub('ignore-sigterm');
    const abort = new AbortController();
    const run = code(runProcess(request({ signal: abort.signal })));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = performance.now();
    abort.abort();
    expect(await run).toBe('EARSIGHT_CANCELLED');
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await survivors('ignore-sigterm')).toEqual([]);
  });

  it('keeps the last 50 lines of 20 MB on stderr', async () => {
    process.env['EARSIGHT_FFMPEG'] = stub('flood-stderr');
    const outcome = await runProcess(request());
    expect(outcome).toMatchObject({ exitCode: 1, stderrTotal: 200_001 });
    expect(outcome.stderr).toHaveLength(50);
    expect(outcome.stderr.at(-1)).toBe('the last word');
  });

  it('does not count waiting for a slow consumer as a stall', async () => {
    const sizes: number[] = [];
    const outcome = await runProcess(
      request({
        args: ['-v', 'error', '-f', 'lavfi', '-i', 'color=s=640x480:r=25:d=0.4', '-f', 'rawvideo', 'pipe:3'],
        // Less than all pauses together, but more than any single pause on a busy machine.
        stallSec: 2,
        pipes: [
          async (chunks) => {
            for await (const chunk of chunks) sizes.push(chunk.length);
          },
          async (chunks) => {
            for await (const chunk of chunks) {
              if (sizes.length < 4) await new Promise((resolve) => setTimeout(resolve, 600));
              sizes.push(chunk.length);
            }
          },
        ],
      }),
    );
    expect(outcome.exitCode).toBe(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(10 * 640 * 480 * 1.5);
  });

  it('stops the process when a consumer fails, and rejects with its error', async () => {
    const failing = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of chunks)
        if (chunk.length > 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    const args = ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'color=s=640x480:r=25:d=60', '-f', 'rawvideo', 'pipe:1'];
    expect(await code(runProcess(request({ args, pipes: [failing] })))).toBe('EARSIGHT_DISK_FULL');
  });

  it('names the program that is missing', async () => {
    process.env['EARSIGHT_FFMPEG'] = '/nowhere/ffmpeg';
    await expect(runProcess(request())).rejects.toMatchObject({
      code: 'EARSIGHT_FFMPEG_MISSING',
      details: { program: '/nowhere/ffmpeg' },
    });
  });

  it.runIf(process.platform === 'linux')('passes limits, no stdin and no secrets to the process', async () => {
    process.env['EARSIGHT_FFMPEG'] = '/bin/sh';
    process.env['EARSIGHT_SECRET'] = 'hush';
    let said = '';
    const args = ['-c', 'ulimit -c; readlink /proc/self/fd/0; env'];
    const listen = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of chunks) said += chunk.toString();
    };
    await runProcess(request({ args, pipes: [listen] }));
    delete process.env['EARSIGHT_SECRET'];
    expect(said.split('\n').slice(0, 2)).toEqual(['0', '/dev/null']);
    expect(said).not.toContain('hush');
  });
});

describe('extractStage with an ffmpeg that fails', () => {
  async function video(): Promise<string> {
    const path = `${await temporaryFolder()}/video.mp4`;
    await ffmpeg(['-f', 'lavfi', '-i', 'color=red:s=64x48:r=10:d=1'], [path]);
    return path;
  }

  // Messages on stderr do not count as activity, and writing 20 MB of them takes seconds on a busy machine. The real ffprobe has
  // the same limit.
  it.each([
    ['hang', 'EARSIGHT_FFMPEG_STALLED', 3],
    ['short-output', 'EARSIGHT_FFMPEG_FAILED', 20],
    ['flood-stderr', 'EARSIGHT_INPUT_DAMAGED', 20],
  ])('fails when ffmpeg behaves like the stub %s: %s', async (name, expected, stallSec) => {
    const path = await video();
    process.env['EARSIGHT_FFMPEG'] = stub(name);
    expect(await code(extractInto(path, { stallSec }))).toBe(expected);
    expect(await survivors(name)).toEqual([]);
  });

  it('times out when ffprobe hangs', async () => {
    const path = await video();
    process.env['EARSIGHT_FFPROBE'] = stub('hang');
    expect(await code(extractInto(path, { stallSec: 1 }))).toBe('EARSIGHT_FFMPEG_TIMEOUT');
  });

  it('can be cancelled during the decode within two seconds, and leaves no process running', async () => {
    const path = await video();
    process.env['EARSIGHT_FFMPEG'] = stub('hang');
    const abort = new AbortController();
    const run = code(extractInto(path, {}, abort.signal));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const began = performance.now();
    abort.abort();
    expect(await run).toBe('EARSIGHT_CANCELLED');
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await survivors('hang')).toEqual([]);
  });
});

describe('ffmpegCapabilities', () => {
  it('names codecs as ffprobe spells them', async () => {
    const { version, decoders } = await ffmpegCapabilities();
    expect(version).toMatch(/\d/);
    for (const codec of ['h264', 'aac', 'flac', 'pcm_s16le']) expect(decoders).toContain(codec);
    expect(decoders).not.toContain('no such codec');
  });
});

describe('StderrTail', () => {
  it('truncates a line that never ends', () => {
    const tail = new StderrTail();
    for (let i = 0; i < 1000; i++) tail.push(Buffer.alloc(10_000, 'x'));
    tail.end();
    expect(tail.lines.join('').length).toBeLessThan(1000);
  });
});
