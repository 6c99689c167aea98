/** What a sound may be used for: training, choosing constants, or reporting figures. */
export type Split = 'train' | 'choose' | 'report';

/** Of each ten files of an instrument, the tenth is in the report split and the fifth in the choose split. */
const TENTH = 10;
/** Every fourth scene of the film is in the report split. */
const REPORTING_SCENE = 4;
/** Clips whose content is known, and one recording of a speaker that is not in the training speech. */
const REPORTING =
  /^(videos\/(vggsound|llp)\/|videos\/misc\/(applausing|car|dog_barking)\.|audio\/imagebind\/|audio\/jfk)/;

/**
 * The split of a sound file. ESC-10's fold 4 and every tenth file of each instrument are used for reporting alone:
 * never for training, nor for any choice. Fold 3 and another tenth of the instrument files serve to choose constants;
 * the final network is trained on them too.
 * @param path path relative to the media folder, with forward slashes
 * @param index position of the file in its folder, sorted by name, from 0
 */
export function splitOf(path: string, index: number): Split {
  const [folder, collection] = path.split('/');
  const name = path.split('/').at(-1) ?? '';
  if (REPORTING.test(path)) return 'report';
  if (folder === 'audio' && collection === 'esc10')
    return name.startsWith('4-') ? 'report' : name.startsWith('3-') ? 'choose' : 'train';
  if (folder === 'audio' && collection === 'instruments')
    return index % TENTH === TENTH - 1 ? 'report' : index % TENTH === TENTH / 2 - 1 ? 'choose' : 'train';
  if (collection === 'vript') return index % REPORTING_SCENE === REPORTING_SCENE - 1 ? 'report' : 'train';
  return 'train';
}
