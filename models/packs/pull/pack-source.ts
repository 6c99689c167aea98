import type { ManifestModel, ModelOf } from '../../manifest/manifest.js';

/** One repository of the model hub, and the files of it that a pack needs. */
export interface HubSource {
  readonly repository: string;
  /** A commit, tag or branch. The first pull records the commit, and later pulls use the same one. */
  readonly revision: string;
  readonly folder: string;
  readonly files: readonly HubFile[];
  /** The manifest entry without the keys that follow from the files. */
  readonly model: PulledModel<'image-text'> | PulledModel<'audio-text'> | PulledModel<'transcriber'>;
}

type PulledModel<Role extends ManifestModel['role']> = Omit<ModelOf<Role>, 'files' | 'revision' | 'source' | 'folder'>;

interface HubFile {
  readonly path: string;
  /** Without it, the hash that the hub states at the first pull is recorded, and required from then on. */
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
 * CLIP ViT-B/32 and unfused CLAP. There are no hashes here because the authors of this file have not seen the files;
 * docs/decisions/0006-packs.md describes what is checked instead.
 */
const CLIP_CLAP: PackSource = {
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
        // The trained value is its upper limit, ln 100 (Radford et al., 2021, section 2.5).
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
        // logit_scale_init_value of its config.json, 1 / 0.07: the exported towers do not contain the trained value.
        logitScale: 14.285714285714285,
      },
    },
  ],
};

/** Whisper base: 99 languages. What is said of the hashes of CLIP and CLAP holds for it too. */
const WHISPER: PackSource = {
  name: 'whisper',
  description: 'Whisper base: writes down what is said, in 99 languages.',
  sources: [
    {
      repository: 'onnx-community/whisper-base_timestamped',
      revision: 'main',
      folder: 'whisper-base',
      files: [
        ...CONFIG_FILES,
        { path: 'generation_config.json' },
        { path: 'onnx/encoder_model.onnx' },
        { path: 'onnx/decoder_model_merged_quantized.onnx' },
      ],
      model: { role: 'transcriber', name: 'whisper-base', licence: 'Apache-2.0 (OpenAI Whisper)' },
    },
  ],
};

export const PULLABLE: readonly PackSource[] = [CLIP_CLAP, WHISPER];
