import { existsSync } from 'node:fs';
import { mustRun, succeeds } from './command.mjs';

/** What runs outside node: how to see that it is there, and what the package managers call it. */
const PROGRAMS = {
  ffmpeg: {
    isHere: () =>
      succeeds(process.env.EARSIGHT_FFMPEG ?? 'ffmpeg', ['-version']) &&
      succeeds(process.env.EARSIGHT_FFPROBE ?? 'ffprobe', ['-version']),
    apt: 'ffmpeg',
    brew: 'ffmpeg',
    needed: true,
  },
  'redis-server': {
    isHere: () => succeeds('redis-server', ['--version']),
    apt: 'redis-server',
    brew: 'redis',
    needed: true,
  },
  // For the tests of the report alone, which are skipped without it.
  chromium: {
    isHere: () => existsSync(process.env.EARSIGHT_CHROMIUM ?? '/usr/bin/chromium'),
    apt: 'chromium',
    brew: null,
    needed: false,
  },
};

/** Installs what is missing with the system's package manager where that is allowed; else says what to install and ends. */
export function installPrograms(names) {
  const missing = names.filter((name) => !PROGRAMS[name].isHere());
  for (const name of missing) install(name, PROGRAMS[name]);
  const lacking = missing.filter((name) => !PROGRAMS[name].isHere());
  if (lacking.length > 0) console.error(adviceFor(lacking));
  if (lacking.some((name) => PROGRAMS[name].needed)) process.exit(1);
}

function install(name, { apt, brew }) {
  if (process.platform === 'linux' && process.getuid?.() === 0 && succeeds('apt-get', ['--version'])) {
    console.log(`installing ${name} with apt-get …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    // Without Debian's Recommends: chromium and ffmpeg would bring desktops along.
    const args = ['install', '-y', '-qq', '--no-install-recommends', apt];
    if (!succeeds('apt-get', args, { env })) {
      // The usual cause in a fresh image: no package lists.
      succeeds('apt-get', ['update', '-qq'], { env });
      succeeds('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    }
  } else if (process.platform === 'darwin' && brew !== null && succeeds('brew', ['--version'])) {
    mustRun('brew', ['install', brew]);
  }
}

function adviceFor(lacking) {
  const apt = lacking.map((name) => PROGRAMS[name].apt).join(' ');
  const brew = lacking.flatMap((name) => PROGRAMS[name].brew ?? []).join(' ');
  const lines = [
    `\nmissing: ${lacking.join(', ')}. Please install:`,
    `  Debian, Ubuntu   sudo apt-get update && sudo apt-get install ${apt}`,
  ];
  if (brew !== '') lines.push(`  macOS            brew install ${brew}`);
  if (lacking.includes('ffmpeg'))
    lines.push(
      '  elsewhere        https://ffmpeg.org/download.html; then name the programs in EARSIGHT_FFMPEG and EARSIGHT_FFPROBE',
    );
  if (!lacking.some((name) => PROGRAMS[name].needed)) lines.push('  The tests that need it are skipped.');
  return lines.join('\n');
}
