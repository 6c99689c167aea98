import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PACKAGE_FOLDER } from '../core/version.js';
import { BUILT_IN_FOLDER } from '../models/packs/built-in.js';
import { earsight, earsightInto, startEarsight } from './earsight.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'earsight-command-line-'));
});
afterAll(async () => await rm(cwd, { recursive: true, force: true }));

it('names the relevant --help after a usage error', async () => {
  for (const [args, error, help] of [
    [['run', 'in'], "required option '--out <dir>' not specified", 'earsight run --help'],
    [
      ['keys', 'create', '--name', 'lab'],
      "required option '--scope <scope>' not specified",
      'earsight keys create --help',
    ],
    [['packs', 'pull', 'nonsense'], 'Allowed choices are clip-clap, whisper, built-in', 'earsight packs pull --help'],
  ] as const) {
    const { code, stderr } = await earsight(args, { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain(error);
    expect(stderr).toContain(`(see ${help})`);
  }
});

it('refuses an empty output folder name, as an unset shell variable gives', async () => {
  const { code, stderr } = await earsight(['run', 'in', '--out', ''], { cwd });
  expect([code, stderr.split('\n')[0]]).toEqual([1, 'EARSIGHT_USAGE: the output folder has no name']);
  expect(await readdir(cwd)).not.toContain('.earsight');
});

it('lists its environment variables in --help', async () => {
  const { stdout } = await earsight(['--help'], { cwd });
  for (const name of ['EARSIGHT_CACHE', 'EARSIGHT_HUB', 'EARSIGHT_FFMPEG', 'EARSIGHT_DEBUG', 'REDIS_URL'])
    expect(stdout).toMatch(new RegExp(`\n  ${name} `));
});

it('warns once about labels that no network has a class for, and lists the classes of a pack', async () => {
  // Only the sound tagger, so that no network has to be imported.
  await cp(BUILT_IN_FOLDER, join(cwd, 'tagger'), { recursive: true });
  const manifest = JSON.parse(await readFile(join(cwd, 'tagger/pack.json'), 'utf8')) as { models: { role: string }[] };
  const models = manifest.models.filter(({ role }) => role === 'audio-tags');
  await writeFile(join(cwd, 'tagger/pack.json'), JSON.stringify({ ...manifest, models }));
  await writeFile(join(cwd, 'labels.txt'), 'Siren\nDoorbell\n');
  const run = await earsight(['run', 'nowhere', '--out', 'out', '--pack', './tagger', '--labels', 'labels.txt'], {
    cwd,
  });
  expect(run.stderr.match(/no network has a class for: Doorbell \(`earsight packs show`/g)).toHaveLength(1);
  const { stdout } = await earsight(['packs', 'show', './tagger'], { cwd });
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /audio-tags: earsight-tagger.* 53 classes: Speech; .*; Siren; .*; Hi-hat/,
  );
});

it('says how to get a pack that is not here', async () => {
  expect((await earsight(['packs', 'show', 'clip-clap'], { cwd })).stderr).toContain('`earsight packs pull clip-clap`');
  expect((await earsight(['packs', 'pull', 'built-in'], { cwd })).stdout).toBe(
    'built-in comes with earsight and needs no pull\n',
  );
});

it('exits quietly with 141 when the reader closes the pipe', async () => {
  const { child, finished } = startEarsight(['packs', 'list'], { cwd });
  child.stdout.destroy();
  expect(await finished).toMatchObject({ code: 141, stderr: '' });
});

it.skipIf(!existsSync('/dev/full'))('ends with a coded error when what it prints cannot be written', () => {
  for (const args of [['--help'], ['packs', 'list'], ['run', 'nowhere', '--out', 'full', '--pack', 'none', '--json']]) {
    const { code, stderr } = earsightInto('/dev/full', args, cwd);
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      'EARSIGHT_DISK_FULL: no space left while writing standard output',
    ]);
    expect(stderr).not.toContain('    at ');
  }
});

it('takes none for a run without networks, alone and without labels', async () => {
  await writeFile(join(cwd, 'one.txt'), 'Dog\n');
  for (const [more, reason] of [
    [['--pack', 'built-in'], '--pack none cannot be combined with another pack'],
    [['--labels', 'one.txt'], 'labels need networks, and --pack none means none'],
  ] as const) {
    const { code, stderr } = await earsight(['run', 'nowhere', '--out', 'out', '--pack', 'none', ...more], { cwd });
    expect([code, stderr.split('\n')[0]]).toEqual([1, `EARSIGHT_USAGE: ${reason}`]);
  }
});

it('reports a missing output folder, and a missing video in its quarantine', async () => {
  for (const [out, told] of [
    ['no-such-out', 'EARSIGHT_INPUT_MISSING: no such file or folder: no-such-out'],
    ['.', 'EARSIGHT_USAGE: the hash of no video in quarantine begins with 9f86d0'],
  ] as const) {
    const { code, stderr } = await earsight(['quarantine', 'show', '9f86d0', '--out', out], { cwd });
    expect([code, stderr.split('\n')[0]]).toEqual([1, told]);
  }
});

it('prints its version and help', async () => {
  const manifest = JSON.parse(await readFile(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as { version: string };
  expect((await earsight(['--version'], { cwd })).stdout.trim()).toBe(manifest.version);
  const help = (await earsight(['--help'], { cwd })).stdout;
  for (const command of ['run', 'packs', 'doctor']) expect(help).toContain(command);
  const runHelp = (await earsight(['run', '--help'], { cwd })).stdout;
  for (const flag of [
    '--out',
    '--pack',
    '--labels',
    '--segment',
    '--frames',
    '--device',
    '--offline',
    '--force',
    '--json',
  ])
    expect(runHelp).toContain(flag);
  expect(runHelp).toContain('Examples:');
});

it('checks the machine with doctor, which fails without ffmpeg', async () => {
  const { code, stdout } = await earsight(['doctor', '--json'], { cwd });
  const findings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { what: string; state: string });
  expect(findings.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['node', 'ffmpeg', 'codecs', 'cpu', 'webgpu', 'cuda', 'packs', 'redis', 'disk']),
  );
  expect(code).toBe(0);
  const without = await earsight(['doctor', '--json'], { cwd, env: { EARSIGHT_FFMPEG: '/nowhere/ffmpeg' } });
  expect(without.code).toBe(1);
});
