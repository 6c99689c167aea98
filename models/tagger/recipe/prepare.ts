/**
 * Command that decodes the training sounds into two files, which the training command reads:
 * `node dist/models/tagger/recipe/prepare.js MEDIA_FOLDER FOLDER`
 */
import { prepareCollection } from './collection.js';

const [media, folder] = process.argv.slice(2);
if (media === undefined || folder === undefined) {
  console.error('usage: prepare MEDIA_FOLDER FOLDER');
  process.exitCode = 2;
} else await prepareCollection(media, folder);
