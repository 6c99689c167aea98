import { fileURLToPath } from 'node:url';

/**
 * The pack that comes with earsight: our own weights in `built-in/`, and networks that are imported from a registry
 * package. A network that is missing or damaged is left out with a warning, and the others are used.
 */
export const BUILT_IN = 'built-in';

export const BUILT_IN_FOLDER = fileURLToPath(new URL('./built-in', import.meta.url));
