import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PACKAGE_FOLDER } from '../core/version.js';

/**
 * What a run without networks costs beside PySceneDetect and a bare decode: `node dist/bench/side-by-side.js VIDEO
 * [rounds]`. The programs alternate, and the round with the least processor time of each counts, because the machine may be
 * busy. `EARSIGHT_SCENEDETECT` names PySceneDetect's command, by default `scenedetect`; without it that row is left out.
 * Needs bash, whose `time` counts the processor time of all children.
 */
const [video = '', rounds = '3'] = process.argv.slice(2);
const path = resolve(video);
const folder = mkdtempSync(join(tmpdir(), 'earsight-side-by-side-'));

interface Cost {
  readonly cpuSec: number;
  readonly wallSec: number;
}

/** Runs a shell command and returns its cost; null when it cannot be run. */
function cost(command: string, env: NodeJS.ProcessEnv = {}): Cost | null {
  const script = `TIMEFORMAT='%U %S %R'; { time { ${command}; } >/dev/null 2>&1; } 2>&1`;
  try {
    const text = execFileSync('bash', ['-c', `set -e; ${script}`, 'bash', path, folder], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    return costOf(text);
  } catch {
    return null;
  }
}

function costOf(text: string): Cost {
  const [user = 0, system = 0, wallSec = 0] = text.trim().split(/\s+/).slice(-3).map(Number);
  return { cpuSec: user + system, wallSec };
}

// Counts ffmpeg's own share; its complaints still reach the caller.
const timedFfmpeg = join(folder, 'timed-ffmpeg');
const shares = join(folder, 'shares');
writeFileSync(timedFfmpeg, `#!/bin/bash\nTIMEFORMAT='%U %S %R'\n{ time ffmpeg "$@" 2>&9; } 9>&2 2>>'${shares}'\n`);
chmodSync(timedFfmpeg, 0o755);

const main = join(PACKAGE_FOLDER, 'dist/pipeline/cli/main.js');
const earsight = (pack: string): string =>
  `rm -rf "$2/out"; node '${main}' run "$1" --out "$2/out" --pack ${pack} --offline --json`;
const scenedetect = process.env['EARSIGHT_SCENEDETECT'] ?? 'scenedetect';
const programs: Readonly<Record<string, () => Cost | null>> = {
  'earsight --pack none': () => cost(earsight('none')),
  'earsight --pack built-in': () => cost(earsight('built-in')),
  'PySceneDetect detect-adaptive': () => cost(`${scenedetect} -q -i "$1" -o "$2/scenes" detect-adaptive list-scenes`),
  'bare ffmpeg, scale=256:-2': () => cost('ffmpeg -v error -nostdin -i "$1" -vf scale=256:-2 -an -f null -'),
};

try {
  const best = new Map<string, Cost>();
  for (let round = 0; round < Number(rounds); round++)
    for (const [name, run] of Object.entries(programs)) {
      const found = run();
      if (found !== null && found.cpuSec < (best.get(name)?.cpuSec ?? Infinity)) best.set(name, found);
    }
  for (const name of Object.keys(programs)) {
    const found = best.get(name);
    if (found === undefined) console.log(`${name}: skipped, because it failed or is not installed`);
    else
      console.log(
        `${name}: ${found.cpuSec.toFixed(2)} s of processor time, ${found.wallSec.toFixed(2)} s by the clock`,
      );
  }
  const whole = cost(earsight('none'), { EARSIGHT_FFMPEG: timedFfmpeg });
  const ffmpegSec = readFileSync(shares, 'utf8')
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + costOf(line).cpuSec, 0);
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-t', '1', '-i', path, '-c', 'copy', join(folder, 'second.mkv')]);
  const second = cost(earsight('none').replace('"$1"', '"$2/second.mkv"'));
  if (whole !== null && second !== null)
    console.log(
      `shares of --pack none: ffmpeg ${ffmpegSec.toFixed(2)} s, node ${(whole.cpuSec - ffmpegSec).toFixed(2)} s; ` +
        `a run of its first second costs ${second.cpuSec.toFixed(2)} s`,
    );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
