import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addSettingOptions, settingsOf, type SettingFlags } from './options.js';
import { serveCommand } from './serve-command.js';

it('parses the options that decide the results, and offers them on `serve` as well', () => {
  const command = addSettingOptions(new Command());
  command.parse(['--timeout', '9.5', '--segment', '0.5', '--pack', 'a', '--pack', 'b'], { from: 'user' });
  expect(settingsOf(command.opts<SettingFlags>())).toEqual({
    packs: ['a', 'b'],
    device: 'auto',
    segmentSec: 0.5,
    frames: 'all',
    timeoutSec: 9.5,
    offline: false,
  });
  for (const flag of ['--timeout', '--segment'])
    expect(serveCommand().helpInformation()).toContain(`${flag} <seconds>`);
});

it('turns the options of scene detectors into settings, and leaves them out where they were not given', () => {
  const parse = (...args: string[]) => {
    const command = addSettingOptions(new Command())
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    return settingsOf(command.parse(args, { from: 'user' }).opts<SettingFlags>());
  };
  expect(parse('--detector', 'content', '--threshold', '30.5', '--min-shot', '0')).toMatchObject({
    detector: 'content',
    threshold: 30.5,
    minShotSec: 0,
  });
  for (const name of ['detector', 'threshold', 'minShotSec']) expect(parse()).not.toHaveProperty(name);
  // The range is checked by the run, which names the option in an EARSIGHT_USAGE error.
  expect(parse('--threshold', '-1')).toMatchObject({ threshold: -1 });
  expect(() => parse('--threshold', 'low')).toThrow('--threshold');
  expect(() => parse('--detector', 'histogram')).toThrow('--detector');
});
