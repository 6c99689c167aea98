/** In the environment of the process that works: it is its supervisor's command, run again. */
export const SUPERVISED = 'EARSIGHT_SUPERVISED';
