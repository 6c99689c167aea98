import { EarsightError } from '../../../core/errors.js';

/** Said in the midst of a decode whose time line of sound is lost from here on. */
export class SoundChanges extends EarsightError {
  constructor(path: string) {
    super('EARSIGHT_INPUT_DAMAGED', { path, reason: 'the sound changes its rate or channels in mid-file' });
  }
}
