import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Leaves in memory what is in use. */
export const collectGarbage = runInNewContext('gc') as () => void;
