import { EarsightError } from '../../core/errors.js';
import { shotSettingsSchema, type ShotSettings } from '../../stages/shots/shots-stage.js';
import type { RunOptions } from './run-options.js';

/** The option of the command line that sets each setting. */
const OPTIONS: Readonly<Record<string, string>> = {
  detector: '--detector is adaptive or content',
  threshold: '--threshold is above 0 and at most 255',
  minShotSec: '--min-shot is from 0 to 3600 seconds',
};

/**
 * What the options of a run say about shots; null when they say nothing, so that the settings of such a run are the same
 * as before these options existed.
 * @throws EarsightError EARSIGHT_USAGE for a value out of range, and for one that has no effect on key frames.
 */
export function shotSettingsOf(
  options: Pick<RunOptions, 'frames' | 'detector' | 'threshold' | 'minShotSec'>,
): ShotSettings | null {
  const { detector, threshold, minShotSec, frames } = options;
  const parsed = shotSettingsSchema.safeParse({
    ...(detector === undefined ? {} : { detector }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(minShotSec === undefined ? {} : { minShotSec }),
  });
  if (!parsed.success) throw usage(OPTIONS[String(parsed.error.issues[0]?.path[0])] ?? parsed.error.message);
  if (frames === 'keyframes') {
    if (detector === 'adaptive') throw usage('key frames alone are compared by content, not by --detector adaptive');
    if (threshold !== undefined && detector === undefined)
      throw usage('key frames alone are compared by content: name --detector content with --threshold');
    if (minShotSec !== undefined) throw usage('--min-shot needs every frame: key frames alone lie seconds apart');
  }
  return Object.keys(parsed.data).length === 0 ? null : parsed.data;
}

function usage(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_USAGE', { reason });
}
