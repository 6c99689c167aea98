/** Bumped when the same model would be written differently: what was imported before is then imported anew. */
export const IMPORTER_VERSION = 1;
