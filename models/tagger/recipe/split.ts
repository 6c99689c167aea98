/** Where a sound of the collection may be used. */
export type Split = 'train' | 'choose' | 'report';

/** Every tenth file of each instrument reports; the fifth of each ten chooses while constants are being chosen. */
const TENTH = 10;
/** Of the film's scenes every fourth reports. */
const REPORTING_SCENE = 4;
/** Clips with their truth known, and one recording apart from all training speech. */
const REPORTING =
  /^(videos\/(vggsound|llp)\/|videos\/misc\/(applausing|car|dog_barking)\.|audio\/imagebind\/|audio\/jfk)/;

/**
 * ESC-10's fold 4 and every tenth file of each instrument never train and choose nothing: they report. Fold 3 and one
 * more of ten instrument files choose what has to be chosen; the final network then learns from them too.
 * @param path inside the media folder, forward slashes. @param index of the file in its folder, sorted by name, from 0.
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
