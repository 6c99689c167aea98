/**
 * Increase this number when the importer would write the same model differently: models in the cache are then imported
 * again. It is a file of its own so that looking into the cache does not load the importer.
 */
export const IMPORTER_VERSION = 1;
