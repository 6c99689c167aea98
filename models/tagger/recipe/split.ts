import { createHash } from 'node:crypto';

/** What a sound may be used for: training, choosing constants, or reporting figures. */
export type Split = 'train' | 'choose' | 'report';

/** Of each ten files of an instrument, the tenth is in the report split and the fifth in the choose split. */
const TENTH = 10;
/** Every fourth scene of the film is in the report split. */
const REPORTING_SCENE = 4;
/** Clips whose content is known, and one recording of a speaker that is not in the training speech. */
const REPORTING =
  /^(videos\/(vggsound|llp)\/|videos\/misc\/(applausing|car|dog_barking)\.|audio\/imagebind\/|audio\/jfk)/;
/** The other real clips: the only ones on which thresholds can be chosen. */
const CHOOSING = /^videos\/(vas|misc)\//;
/** Of 100 groups of recordings, the number in the report split and in the choose split. */
const [REPORTING_GROUPS, CHOOSING_GROUPS] = [14, 12];

/**
 * The split of a sound file. ESC-10's fold 4 and every tenth file of each instrument are used for reporting alone: never
 * for training, nor for any choice. Another tenth of the instrument files and two folders of real clips serve to
 * calibrate and to choose constants; the network is not trained on them either.
 * @param path path relative to the media folder, with forward slashes
 * @param index position of the file in its folder, sorted by name, from 0
 */
export function splitOf(path: string, index: number): Split {
  const [folder, collection] = path.split('/');
  const name = path.split('/').at(-1) ?? '';
  if (REPORTING.test(path)) return 'report';
  if (CHOOSING.test(path)) return 'choose';
  if (folder === 'audio' && collection === 'esc10') return name.startsWith('4-') ? 'report' : 'train';
  if (folder === 'audio' && collection === 'instruments')
    return index % TENTH === TENTH - 1 ? 'report' : index % TENTH === TENTH / 2 - 1 ? 'choose' : 'train';
  if (collection === 'vript') return index % REPORTING_SCENE === REPORTING_SCENE - 1 ? 'report' : 'train';
  return 'train';
}

/** The split of all recordings of a group, which share a take, a speaker or an instrument. */
export function splitOfGroup(group: string): Split {
  const place = createHash('sha256').update(group).digest().readUInt32BE(0) % 100;
  if (place < REPORTING_GROUPS) return 'report';
  return place < REPORTING_GROUPS + CHOOSING_GROUPS ? 'choose' : 'train';
}
