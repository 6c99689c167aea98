import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FIXTURES_OUT, makeFixtures } from '../fixtures/make.js';
import type { FixtureManifest } from '../fixtures/truth.js';
import { run } from '../pipeline/index.js';
import { indexRowSchema, summaryFileSchema, type IndexRow } from '../core/schemas/run.js';
import { PACKAGE_FOLDER } from '../core/version.js';
import { earsight, startEarsight, type Finished, type Started } from './earsight.js';

const LITE = join(PACKAGE_FOLDER, '../shared/models/lite');
const execute = promisify(execFile);

let truth: FixtureManifest;
let cwd: string;

beforeAll(async () => {
  truth = await makeFixtures(FIXTURES_OUT, { only: ['broken/', 'camera/', 'odd/-dash.mp4'] });
});
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-journey-'));
  await mkdir(join(cwd, 'in'));
});
afterEach(async () => await rm(cwd, { recursive: true, force: true }));

async function put(fixture: string, name = fixture.split('/').pop() ?? fixture): Promise<void> {
  await mkdir(join(cwd, 'in', name, '..'), { recursive: true });
  await copyFile(join(FIXTURES_OUT, fixture), join(cwd, 'in', name));
}

async function rows(out = 'out'): Promise<IndexRow[]> {
  const text = await readFile(join(cwd, out, 'index.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => indexRowSchema.parse(JSON.parse(line)));
}

function brief(list: readonly IndexRow[]): string[] {
  return list.map(({ status, input, error }) => [status, input, error?.code].filter(Boolean).join(' '));
}

/** Checks that a failure has its code, no stack trace, and exit code 1. */
function expectCoded({ code, stderr }: Finished, error: string): void {
  expect(stderr).toContain(`${error}: `);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(code).toBe(1);
}

async function leftovers(out = 'out'): Promise<string[]> {
  const store = join(cwd, out, '.earsight');
  const parts = ['tmp', 'locks', 'holds', 'scratch'].map(async (part) => await readdir(join(store, part)));
  return (await Promise.all(parts)).flat();
}

describe('a run on a folder with bad files', () => {
  it('writes a row with an error code for each of them and processes the rest', async () => {
    await cp(join(FIXTURES_OUT, 'broken'), join(cwd, 'in'), { recursive: true });
    await put('odd/-dash.mp4');
    await writeFile(join(cwd, 'in', '\u001b[31mred.mp4'), 'text');
    const { code, stdout, stderr } = await earsight(['run', 'in', '--out', 'out', '--json'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toBe('');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines.at(-1)?.type).toBe('summary');

    const list = await rows();
    const codeOf = new Map(list.map((row) => [row.input, row.error?.code ?? 'done']));
    for (const { path, expected } of truth.files.filter((file) => file.path.startsWith('broken/')))
      expect([path, ...[expected].flat()]).toContain(codeOf.get(path.replace('broken', 'in')));
    expect(codeOf.get('in/-dash.mp4')).toBe('done');
    expect(codeOf.get('in/\u001b[31mred.mp4')).toBe('EARSIGHT_INPUT_NOT_MEDIA');
    expect((await readdir(join(cwd, 'out/-dash.mp4'))).sort()).toEqual([
      'audio.json',
      'description.json',
      'description.txt',
      'events.json',
      'events.vtt',
      'keyframes',
      'objects.json',
      'report.html',
      'scores.json',
      'script.json',
      'segments.jsonl',
      'shots.json',
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it('does not print escape sequences of file names to the terminal', async () => {
    await writeFile(join(cwd, 'in', '\u001b[31mred.mp4'), 'text');
    const { stderr } = await earsight(['run', 'in', '--out', 'out'], { cwd });
    expect(stderr).toContain('red.mp4: EARSIGHT_INPUT_NOT_MEDIA');
    expect(stderr).not.toContain('\u001b');
  });

  it('writes rows for a missing path, a folder without videos, a list, and a name that starts with a dash', async () => {
    await put('odd/-dash.mp4');
    await mkdir(join(cwd, 'empty'));
    await writeFile(join(cwd, 'list.txt'), 'in/-dash.mp4\nin/gone.mp4\n');
    const args = ['run', '--out', '../out', 'nowhere', '../empty', '../list.txt', '--', '-dash.mp4'];
    expect((await earsight(args, { cwd: join(cwd, 'in') })).code).toBe(2);
    expect(brief(await rows())).toEqual([
      'failed nowhere EARSIGHT_INPUT_MISSING',
      'failed ../empty EARSIGHT_INPUT_NONE',
      'done in/-dash.mp4',
      'failed in/gone.mp4 EARSIGHT_INPUT_MISSING',
    ]);
  });

  it('stops an ffmpeg that hangs after the timeout', async () => {
    await put('camera/static.mp4');
    const env = { EARSIGHT_FFMPEG: join(PACKAGE_FOLDER, 'fixtures/stubs/hang.sh') };
    const startedMs = performance.now();
    await earsight(['run', 'in', '--out', 'out', '--timeout', '2'], { cwd, env });
    expect(performance.now() - startedMs).toBeLessThan(30_000);
    expect(brief(await rows())).toEqual(['failed in/static.mp4 EARSIGHT_FFMPEG_TIMEOUT']);
    expect(await leftovers()).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0 && !existsSync('/usr/bin/setpriv'))(
    'names the file that it may not read (skipped for root without setpriv)',
    async () => {
      await put('camera/static.mp4');
      await writeFile(join(cwd, 'in/secret.mp4'), 'x');
      await chmod(join(cwd, 'in/secret.mp4'), 0o000);
      const tsx = join(PACKAGE_FOLDER, 'node_modules/tsx/dist/loader.mjs');
      const command = [process.execPath, '--import', tsx, join(PACKAGE_FOLDER, 'pipeline/cli/main.ts')];
      // Root without these capabilities is held to the file's mode, and still reaches a clone that only root may enter.
      const capabilities = '-dac_override,-dac_read_search';
      const setpriv = ['setpriv', `--bounding-set=${capabilities}`, `--inh-caps=${capabilities}`];
      const drop = process.getuid?.() === 0 ? setpriv : [];
      const all = [...drop, ...command, 'run', 'in', '--out', 'out'];
      const [program, args] = [all[0] ?? '', all.slice(1)];
      const env = { ...process.env, HOME: cwd, TMPDIR: cwd, EARSIGHT_CACHE: join(cwd, 'cache') };
      await execute(program, args, { cwd, env }).catch(() => undefined);
      expect(brief(await rows())).toEqual(['failed in/secret.mp4 EARSIGHT_INPUT_UNREADABLE', 'done in/static.mp4']);
    },
  );
});

describe('a run refuses to start', () => {
  it('with missing arguments, unknown values or an unknown command', async () => {
    for (const args of [['run'], ['run', 'in'], ['run', 'in', '--out', 'o', '--frames', 'some'], ['nonsense']]) {
      const { code, stderr } = await earsight(args, { cwd });
      expect([args, code]).toEqual([args, 1]);
      expect(stderr).toContain('error: ');
    }
    expect((await earsight(['run', 'in', '--out', 'o', '--segment', '0'], { cwd })).stderr).toContain('--segment');
  });

  it('with a label list that is empty or has duplicates', async () => {
    await writeFile(join(cwd, 'twice.txt'), 'Dog\nRain\ndog\n');
    await writeFile(join(cwd, 'none.txt'), '\n');
    for (const list of ['twice.txt', 'none.txt'])
      expectCoded(await earsight(['run', 'in', '--out', 'out', '--labels', list], { cwd }), 'EARSIGHT_LABELS_INVALID');
    expect(existsSync(join(cwd, 'out'))).toBe(false);
  });

  it('with a pack that does not exist', async () => {
    expectCoded(await earsight(['run', 'in', '--out', 'out', '--pack', 'nothing'], { cwd }), 'EARSIGHT_PACK_MISSING');
  });

  it.skipIf(!existsSync(LITE))('with a pack whose file has the wrong hash (skipped without ../shared)', async () => {
    await mkdir(join(cwd, 'pack'));
    const text = await readFile(join(LITE, 'pack.json'), 'utf8');
    const manifest = JSON.parse(text) as { models: { role: string; files: { path: string }[] }[] };
    manifest.models = manifest.models.filter(({ role }) => role === 'speech-activity');
    for (const { path } of manifest.models.flatMap(({ files }) => files))
      await writeFile(join(cwd, 'pack', path), 'not these bytes');
    await writeFile(join(cwd, 'pack/pack.json'), JSON.stringify(manifest));
    expectCoded(await earsight(['run', 'in', '--out', 'out', '--pack', './pack'], { cwd }), 'EARSIGHT_PACK_HASH');
  });

  it('with an output folder that cannot be created', async () => {
    await writeFile(join(cwd, 'out'), 'a file');
    const refused = await earsight(['run', 'in', '--out', 'out', '--json'], { cwd });
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'error',
      code: 'EARSIGHT_OUTPUT_UNWRITABLE',
    });
  });

  it('or fails on a full disk without a half-written result (skipped where tmpfs cannot be mounted)', async ({
    skip,
  }) => {
    const disk = join(cwd, 'disk');
    await mkdir(disk);
    const mounted = await execute('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk]).then(
      () => true,
      () => false,
    );
    if (!mounted) skip('mounting a tmpfs needs root');
    try {
      await put('camera/static.mp4');
      const result = await earsight(['run', 'in', '--out', 'disk/out', '--json'], { cwd });
      expect(result.stdout).toContain('EARSIGHT_DISK_FULL');
      expect([1, 2]).toContain(result.code);
      expect((await readdir(join(disk, 'out'))).filter((name) => name.endsWith('.mp4'))).toEqual([]);
      expect(await leftovers('disk/out')).toEqual([]);
    } finally {
      await execute('umount', [disk]);
    }
  });
});

describe('a run that is stopped', () => {
  const NAMES = ['pan-left', 'pan-right', 'tilt-up', 'tilt-down', 'zoom-in', 'zoom-out'];

  /** Starts a run whose last video hangs, so that it cannot end by itself on any machine. */
  async function startHanging(): Promise<Started> {
    for (const name of NAMES) await put(`camera/${name}.mp4`);
    const env = { EARSIGHT_FFMPEG: join(PACKAGE_FOLDER, 'fixtures/stubs/hang-at-zoom-out.sh') };
    const started = startEarsight(['run', 'in', '--out', 'out', '--json'], { cwd, env });
    await started.printed('"status":"done"');
    return started;
  }

  it('by Ctrl-C ends without waiting for ffmpeg, and the next run continues from the finished videos', async () => {
    const started = await startHanging();
    const startedMs = performance.now();
    started.child.kill('SIGINT');
    const { code } = await started.finished;
    // The run gives itself 1.8 s; on a busy machine each process may also wait for a core. A run that waited for its ffmpeg
    // would take ten minutes.
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(code).toBe(130);
    expect(await readdir(join(cwd, 'out'))).not.toContain('zoom-out.mp4');
    expect((await earsight(['run', 'in', '--out', 'out'], { cwd })).code).toBe(0);
    const statuses = (await rows()).map((row) => row.status);
    expect(statuses).toHaveLength(NAMES.length);
    expect(statuses).toContain('skipped');
  });

  it('by kill -9 publishes nothing half-written, and the next run gives the same results', async () => {
    const started = await startHanging();
    started.child.kill('SIGKILL');
    await started.finished;
    const visible = (await readdir(join(cwd, 'out'))).filter((name) => name.endsWith('.mp4'));
    expect(visible).not.toHaveLength(0);
    expect(visible).not.toContain('zoom-out.mp4');
    for (const name of visible) expect(await readdir(join(cwd, 'out', name))).toContain('report.html');
    expect((await earsight(['run', 'in', '--out', 'out'], { cwd })).code).toBe(0);
    expect((await earsight(['run', 'in', '--out', 'undisturbed'], { cwd })).code).toBe(0);
    for (const name of NAMES)
      for (const file of ['shots.json', 'audio.json', 'events.json', 'segments.jsonl']) {
        const path = join(`${name}.mp4`, file);
        expect(await readFile(join(cwd, 'out', path), 'utf8')).toBe(
          await readFile(join(cwd, 'undisturbed', path), 'utf8'),
        );
      }
    expect(await leftovers()).toEqual([]);
  });
});

describe('a second run', () => {
  it('skips videos that are done', async () => {
    await put('camera/static.mp4');
    const options = { inputs: [join(cwd, 'in')], out: join(cwd, 'out'), offline: true };
    expect((await run(options)).rows[0]?.status).toBe('done');
    const stages: string[] = [];
    const onEvent = (event: { type: string; stage?: string }) => {
      if (event.type === 'stage-done') stages.push(event.stage ?? '');
    };
    const second = await run({ ...options, onEvent });
    expect(brief(second.rows)).toEqual([`skipped ${join(cwd, 'in/static.mp4')}`]);
    expect(stages).toEqual([]);
    expect(summaryFileSchema.parse(second.summary).counts).toEqual({ done: 0, failed: 0, skipped: 1 });
  });

  it.skipIf(!existsSync(LITE))(
    'with other labels neither decodes nor infers again (skipped without ../shared)',
    async () => {
      await put('camera/static.mp4');
      await writeFile(join(cwd, 'labels.txt'), 'Dog|Bark\nChicken, rooster\n');
      const options = { inputs: [join(cwd, 'in')], out: join(cwd, 'out'), packs: [LITE] };
      const first = await run(options);
      expect(first.summary).toMatchObject({ packs: ['lite'], counts: { failed: 0 } });
      expect(first.summary.speedOfLight?.ratio).toBeGreaterThan(0);
      const stages: string[] = [];
      const result = await run({
        ...options,
        labels: join(cwd, 'labels.txt'),
        onEvent: (event) => {
          if (event.type === 'stage-done') stages.push(event.stage);
        },
      });
      expect(stages).toEqual(['label', 'parse', 'describe', 'script', 'report']);
      expect(result.summary.speedOfLight).toBeNull();
      const events = JSON.parse(await readFile(join(cwd, 'out/static.mp4/events.json'), 'utf8')) as {
        labels: string[];
      };
      expect(events.labels).toEqual(['Dog', 'Chicken, rooster']);
    },
  );
});

describe('a run without a pack', () => {
  it('warns once that the hub cannot be reached, and continues', async () => {
    await put('camera/static.mp4');
    for (const reason of ['cannot be reached', 'a while ago']) {
      const { code, stderr } = await earsight(['run', 'in', '--out', 'out'], { cwd });
      expect(code).toBe(0);
      expect(stderr).toContain(reason);
      expect(stderr.match(/earsight packs pull clip-clap/g)).toHaveLength(1);
    }
    const pulled = await earsight(['packs', 'pull', 'clip-clap'], { cwd });
    expectCoded(pulled, 'EARSIGHT_HUB_UNREACHABLE');
  });
});
