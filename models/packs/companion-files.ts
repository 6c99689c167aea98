import type { ManifestModel } from '../manifest/manifest.js';

/** What is read of the hub's layout beside the networks. */
const HUB_FILES = ['preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];

/**
 * Files that say what goes into a network and what its numbers mean, where the manifest does not list them with a hash:
 * the list of classes, or preprocessing and tokenizer of the hub's layout.
 */
export function companionFiles(model: ManifestModel): string[] {
  const read =
    'labels' in model
      ? [model.labels.path]
      : 'folder' in model
        ? HUB_FILES.map((name) => `${model.folder}/${name}`)
        : [];
  return read.filter((path) => !model.files.some((file) => file.path === path));
}
