import type { ManifestModel } from '../../manifest/manifest.js';

/** One repository of the model hub and what of it a pack takes. */
export interface HubSource {
  readonly repository: string;
  /** A commit, tag or branch. The first pull writes down the commit it got, and later pulls keep to it. */
  readonly revision: string;
  readonly folder: string;
  readonly files: readonly HubFile[];
  /** The manifest entry, but for what only the files can tell. */
  readonly model: Omit<
    Extract<ManifestModel, { role: 'image-text' | 'audio-text' }>,
    'files' | 'revision' | 'source' | 'folder'
  >;
}

export interface HubFile {
  readonly path: string;
  /** Known beforehand; without it the hub's own is taken at the first pull, and held to from then on. */
  readonly sha256?: string;
}

/** A pack that can be pulled by name. */
export interface PackSource {
  readonly name: string;
  readonly description: string;
  readonly sources: readonly HubSource[];
}

const CONFIG_FILES: readonly HubFile[] = [
  { path: 'config.json' },
  { path: 'preprocessor_config.json' },
  { path: 'tokenizer.json' },
  { path: 'tokenizer_config.json' },
];

/**
 * CLIP ViT-B/32 and unfused CLAP. Hashes are not written here because they have not been seen by the authors of this
 * file: docs/decisions/0006-packs.md says what is checked instead.
 */
export const CLIP_CLAP: PackSource = {
  name: 'clip-clap',
  description: 'CLIP ViT-B/32 for pictures and CLAP (HTSAT, unfused) for sound: any label list, by prompt.',
  sources: [
    {
      repository: 'Xenova/clip-vit-base-patch32',
      revision: 'main',
      folder: 'clip-vit-base-patch32',
      files: [...CONFIG_FILES, { path: 'onnx/vision_model.onnx' }, { path: 'onnx/text_model.onnx' }],
      model: {
        role: 'image-text',
        name: 'clip-vit-base-patch32',
        licence: 'MIT (OpenAI CLIP)',
        prompt: 'A photo of {label}.',
        // Trained to its clamp, ln 100 (Radford et al., 2021, section 2.5).
        logitScale: 100,
      },
    },
    {
      repository: 'Xenova/clap-htsat-unfused',
      revision: 'main',
      folder: 'clap-htsat-unfused',
      files: [...CONFIG_FILES, { path: 'onnx/audio_model.onnx' }, { path: 'onnx/text_model.onnx' }],
      model: {
        role: 'audio-text',
        name: 'clap-htsat-unfused',
        licence: 'Apache-2.0 (LAION CLAP)',
        prompt: 'This is a sound of {label}.',
        // logit_scale_init_value of its config.json, 1 / 0.07: the exported towers do not hold the trained one.
        logitScale: 14.285714285714285,
      },
    },
  ],
};

export const PULLABLE: readonly PackSource[] = [CLIP_CLAP];
