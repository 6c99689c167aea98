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
