import { fileURLToPath } from 'node:url';

/**
 * The pack that comes with earsight: weights of our own in `built-in/`, and networks imported from a registry package.
 * Whatever of it is missing or damaged is left out with a warning; the rest speaks.
 */
export const BUILT_IN = 'built-in';

export const BUILT_IN_FOLDER = fileURLToPath(new URL('./built-in', import.meta.url));
