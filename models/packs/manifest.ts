import { z } from 'zod';

/**
 * `pack.json`: which files fill which role, where they come from, and how pixels and samples become what the network
 * wants. Unknown keys are refused, so that a misspelt one is not silently ignored.
 */

/** Inside the pack's folder, with forward slashes: a manifest is input from elsewhere. */
const insidePath = z
  .string()
  .min(1)
  .refine(
    (path) => !/^([/\\]|[A-Za-z]:)/.test(path) && !path.includes('\\') && !path.split('/').includes('..'),
    'a path must stay inside the pack',
  );

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');

const file = z.strictObject({ path: insidePath, sha256 });

/**
 * Files that are not the pack's own: those of a registry package that may be installed, in the version that was tested.
 * The first is a TensorFlow.js graph model, the rest are its weights; the network that runs is made of them once.
 */
const importedFrom = z.strictObject({
  format: z.literal('tfjs-graph-model'),
  package: z.string().regex(/^(@[a-z0-9-]+\/)?[a-z0-9-]+$/, 'the name of a registry package'),
  version: z.string().min(1),
  /** Nodes of the model whose results are wanted. */
  outputs: z.array(z.string()).min(1),
  /** Lay the outputs, pictures of equal sides, one behind another as a single output of this name. */
  joinedAs: z.string().optional(),
});

const common = {
  name: z.string().min(1),
  licence: z.string().min(1),
  /** Where the files come from, and which revision of it. */
  source: z.string().optional(),
  revision: z.string().optional(),
  /** The network first, then what it refers to. */
  files: z.array(file).min(1),
  importedFrom: importedFrom.optional(),
};

const side = z.number().int().positive();

const dims = z.array(z.union([z.string(), z.number().int().positive()]));

const imageValues = {
  colour: z.enum(['rgb', 'bgr']),
  divide: z.number().positive(),
  mean: z.array(z.number()).length(3),
  std: z.array(z.number().positive()).length(3),
};

const cropped = z.strictObject({
  ...imageValues,
  resizeShortSide: z.number().int().positive(),
  centreCrop: z.number().int().positive(),
});

const letterboxed = z.strictObject({
  ...imageValues,
  letterbox: z.number().int().positive(),
  padValue: z.number().int().min(0).max(255),
});

const logMel = z.strictObject({
  sampleRateHz: z.number().int().positive(),
  preEmphasis: z.number().min(0).max(1),
  fftSize: z.number().int().positive(),
  windowSize: z.number().int().positive(),
  window: z.enum(['hann-symmetric', 'hann-periodic']),
  hopSize: z.number().int().positive(),
  melBins: z.number().int().positive(),
  melScale: z.enum(['kaldi', 'slaney', 'htk']),
  melNorm: z.enum(['none', 'slaney']).default('none'),
  minHz: z.number().nonnegative(),
  maxHz: z.number().positive(),
  log: z.enum(['ln', 'decibel']),
  logOffset: z.number().positive(),
  shift: z.number(),
  scale: z.number().positive(),
});

const labels = z.strictObject({
  path: insidePath,
  format: z.enum(['audioset-csv', 'index-synset-name-tsv', 'lines']),
});

const activation = z.enum(['sigmoid', 'softmax']);

/** Widths of the windows that a sound encoder looks at around a segment. */
const windowsSec = z.array(z.number().positive().max(60)).min(1);

/** What a window does that would reach over an end of the sound: it is moved inside, or sees silence there. */
export const windowEnds = z.enum(['inside', 'silence']);
export type WindowEnds = z.infer<typeof windowEnds>;

const audioTags = z.strictObject({
  ...common,
  role: z.literal('audio-tags'),
  input: z.strictObject({ name: z.string(), shape: dims, audio: logMel }),
  output: z.strictObject({
    scores: z.string(),
    activation,
    embedding: z.string().optional(),
    /** The score from which a class counts as present, where the network was trained for one; AudioSet's prior otherwise. */
    presentFrom: z.number().gt(0).lt(1).optional(),
  }),
  labels,
  windowsSec: windowsSec.optional(),
  /** `inside` unless the network learned from windows with silence at their ends. */
  ends: windowEnds.optional(),
  /** Loudest tenth of a second, in dB below full scale, of the quietest sound it learned from: of less it knows nothing. */
  quietestDbfs: z.number().max(0).optional(),
});

const imageTags = z.strictObject({
  ...common,
  role: z.literal('image-tags'),
  input: z.strictObject({ name: z.string(), shape: dims, image: cropped }),
  output: z.strictObject({ scores: z.string(), activation, embedding: z.string().optional() }),
  labels,
});

const detection = {
  boxes: z.string(),
  /** Boxes below are dropped; `presentFrom` without it. */
  minScore: z.number().min(0).max(1).optional(),
  /** The score from which a thing counts as there. */
  presentFrom: z.number().min(0).max(1).optional(),
  maxOverlap: z.number().min(0).max(1).optional(),
};

const objects = z.strictObject({
  ...common,
  role: z.literal('objects'),
  input: z.strictObject({ name: z.string(), shape: dims, image: letterboxed }),
  output: z.discriminatedUnion('decoder', [
    z.strictObject({
      ...detection,
      decoder: z.literal('yolox'),
      strides: z.array(z.number().int().positive()).min(1),
    }),
    /** A heat map a class, already between 0 and 1, and behind them the distances to the four sides of the box. */
    z.strictObject({ ...detection, decoder: z.literal('centernet'), stride: z.number().int().positive() }),
  ]),
  labels,
});

/**
 * Networks that look at one person: what they see is cut from the letterboxed frame, a square around the upper part of the
 * person for a face and around the whole of it for the points of the body, and scaled to the sides in `shape`.
 */
const personInput = z.strictObject({
  name: z.string(),
  shape: z.tuple([z.union([z.string(), z.literal(1)]), z.literal(3), side, side]),
  image: letterboxed,
});

const faces = z.strictObject({
  ...common,
  role: z.literal('faces'),
  input: personInput,
  output: z.strictObject({
    decoder: z.literal('blazeface'),
    /** Of each stride the map of logits and that of boxes and eye, nose, mouth and ear points. */
    maps: z.array(z.strictObject({ stride: side, scores: z.string(), boxes: z.string() })).min(1),
    /** The score from which a face counts as there. */
    presentFrom: z.number().gt(0).lt(1),
  }),
});

const poses = z.strictObject({
  ...common,
  role: z.literal('poses'),
  input: personInput,
  output: z.strictObject({
    /** Rows of y, x and score, in COCO's order of the points. */
    decoder: z.literal('movenet'),
    points: z.string(),
    /** The score from which a point counts as seen. */
    presentFrom: z.number().gt(0).lt(1),
  }),
});

const speechActivity = z.strictObject({
  ...common,
  role: z.literal('speech-activity'),
  input: z.strictObject({
    name: z.string(),
    audio: z.strictObject({
      sampleRateHz: z.number().int().positive(),
      windowSize: z.number().int().positive(),
      context: z.number().int().nonnegative(),
    }),
  }),
  output: z.strictObject({ scores: z.string() }),
});

/** CLIP or CLAP in the hub's layout: config.json, preprocessor_config.json, tokenizer.json, onnx/…_model.onnx. */
const hub = {
  ...common,
  /** The folder of the layout inside the pack; `files` lie below it. */
  folder: insidePath,
  /** With `{label}` where the label goes. */
  prompt: z.string().includes('{label}'),
  /** exp(logit_scale) as trained: exports of the two towers do not hold it, and config.json has only the initial one. */
  logitScale: z.number().positive(),
};

const imageText = z.strictObject({ ...hub, role: z.literal('image-text') });
const audioText = z.strictObject({ ...hub, role: z.literal('audio-text'), windowsSec: windowsSec.optional() });

export const modelSchema = z.discriminatedUnion('role', [
  audioTags,
  imageTags,
  objects,
  faces,
  poses,
  speechActivity,
  imageText,
  audioText,
]);

export const manifestSchema = z.strictObject({
  schema: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
  description: z.string(),
  models: z.array(modelSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestModel = z.infer<typeof modelSchema>;
export type ModelOf<Role extends ManifestModel['role']> = Extract<ManifestModel, { role: Role }>;
