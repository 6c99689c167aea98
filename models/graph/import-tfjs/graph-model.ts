import { z } from 'zod';
import { EarsightError } from '../../../core/errors.js';

/** An attribute value in protobuf's JSON encoding: integers may be strings, and bytes are base64 strings. */
const attributeSchema = z.looseObject({
  s: z.string().optional(),
  i: z.union([z.string(), z.number()]).optional(),
  f: z.number().optional(),
  b: z.boolean().optional(),
  type: z.string().optional(),
  shape: z
    .looseObject({
      dim: z.array(z.looseObject({ size: z.union([z.string(), z.number()]) })).default([]),
      unknownRank: z.boolean().optional(),
    })
    .optional(),
  list: z
    .looseObject({
      s: z.array(z.string()).optional(),
      i: z.array(z.union([z.string(), z.number()])).optional(),
    })
    .optional(),
});

const nodeSchema = z.looseObject({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attributeSchema).default({}),
});
export type GraphModelNode = z.infer<typeof nodeSchema>;

const weightSchema = z.looseObject({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  dtype: z.string(),
  quantization: z
    .looseObject({ dtype: z.string(), scale: z.number().optional(), min: z.number().optional() })
    .optional(),
});
export type WeightEntry = z.infer<typeof weightSchema>;

const signatureSchema = z.looseObject({
  outputs: z.record(z.string(), z.looseObject({ name: z.string() })),
});

const graphModelSchema = z.looseObject({
  format: z.literal('graph-model'),
  signature: signatureSchema.optional().catch(undefined),
  userDefinedMetadata: z
    .looseObject({ signature: signatureSchema.optional().catch(undefined) })
    .optional()
    .catch(undefined),
  modelTopology: z.looseObject({ node: z.array(nodeSchema).min(1) }),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()), weights: z.array(weightSchema) })),
});

/** The content of the `.json` file of a TensorFlow.js graph model; the weights are in separate files. */
export interface GraphModel {
  readonly nodes: readonly GraphModelNode[];
  /** Groups of weights. The weights of a group are stored one after another in the concatenated files of its paths. */
  readonly weightGroups: readonly { readonly paths: readonly string[]; readonly weights: readonly WeightEntry[] }[];
  /** Names of the output nodes: those of the model's signature, or without one, the nodes that no other node reads. */
  readonly outputs: readonly string[];
}

/** @throws EARSIGHT_MODEL_UNREADABLE for anything but a TensorFlow.js graph model. */
export function readGraphModel(json: Uint8Array): GraphModel {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    throw new EarsightError('EARSIGHT_MODEL_UNREADABLE', { reason: 'it is not JSON' }, { cause });
  }
  const parsed = graphModelSchema.safeParse(value);
  if (!parsed.success)
    throw new EarsightError('EARSIGHT_MODEL_UNREADABLE', {
      reason: `it is no TensorFlow.js graph model: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    });
  const { modelTopology, weightsManifest, signature, userDefinedMetadata } = parsed.data;
  const named = signature ?? userDefinedMetadata?.signature;
  const nodes = modelTopology.node;
  const outputs = named
    ? Object.values(named.outputs).map(({ name }) => name.replace(/:0$/, ''))
    : nodes
        .filter(({ name }) => !nodes.some(({ input }) => input.some((from) => from.replace(/:\d+$/, '') === name)))
        .map(({ name }) => name);
  return { nodes, weightGroups: weightsManifest, outputs };
}
