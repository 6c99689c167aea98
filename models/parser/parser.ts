import { EarsightError } from '../../core/errors.js';
import { Graph, type Dim, type Dtype, type Tensor } from '../graph/index.js';
import type { Carried, MixerLayer, LayerContext } from '../mixers/layer.js';
import type { ParameterSource } from '../mixers/parameters.js';
import type { SequenceForm } from '../mixers/recurrence/form-table.js';
import { segmentHead, videoHead, type SegmentScores, type VideoScores } from './heads.js';
import { embed, trunk } from './trunk.js';

export interface ParserShape {
  /** Width of the audio features of a segment. */
  readonly audioWidth: number;
  /** Width of the visual features of a segment. */
  readonly visualWidth: number;
  readonly classes: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly mixer: MixerLayer;
  readonly direction: 'causal' | 'bidirectional';
}

export interface ParserWriting {
  readonly parameters: ParameterSource;
  readonly form: SequenceForm;
  /** Number of steps T in one run. */
  readonly length: number;
  readonly batch: Dim;
  readonly dtype: Dtype;
}

export interface FeatureInputs {
  /** [B, T, audioWidth] */
  readonly audio: Tensor;
  /** [B, T, visualWidth] */
  readonly visual: Tensor;
}

export interface ParserInputs extends FeatureInputs {
  /** [B, T, 1], one for real steps and zero for padding. */
  readonly mask?: Tensor;
  readonly carried?: readonly Carried[];
}

export interface Parsed extends SegmentScores, VideoScores {
  readonly carried: readonly Carried[];
}

/** Writes the temporal network of a video's segments: one stream of both modalities through L mixer blocks, then the heads. */
export function parse(graph: Graph, shape: ParserShape, writing: ParserWriting, inputs: ParserInputs): Parsed {
  const { audio, visual, mask, carried } = inputs;
  const context = { ...contextOf(graph, shape, writing), ...(mask === undefined ? {} : { mask }) };
  const { steps, carried: carriedOut } = trunk(embed(audio, visual, context), shape.mixer, context, carried);
  const segments = segmentHead(steps, context, shape.classes);
  return { ...segments, ...videoHead(steps, segments.probabilities, context, shape.classes), carried: carriedOut };
}

/**
 * A parser as a network to run. Inputs are `audio`, `visual` and `mask`, which distinguishes the steps of a shorter video from
 * the padding after them. A causal network needs the mask as well: padding does not change its segments, but it would change
 * the pooled scores. Outputs are the probabilities `segments` [B, T, 2, C], `modalities` [B, 2, C] and `video` [B, C].
 */
export function parserNetwork(shape: ParserShape, writing: ParserWriting): Graph {
  const graph = new Graph({ name: 'parser' });
  const inputs = featureInputs(graph, shape, writing);
  const mask = graph.input('mask', writing.dtype, [writing.batch, writing.length, 1]);
  const parsed = parse(graph, shape, writing, { ...inputs, mask });
  graph.output('segments', parsed.probabilities);
  graph.output('modalities', parsed.modalities);
  graph.output('video', parsed.video);
  return graph;
}

/**
 * A causal parser that continues where its last run ended. For every carried tensor it has an input `in/…`, all zeros at the
 * start, and an output `out/…` to feed back. Outputs `segments` [B, T, 2, C].
 * @throws EarsightError EARSIGHT_GRAPH_INVALID for a network that cannot be streamed
 */
export function streamingParser(shape: ParserShape, writing: ParserWriting): Graph {
  const { carriedTypes } = shape.mixer;
  if (carriedTypes === undefined || shape.direction !== 'causal')
    throw new EarsightError('EARSIGHT_GRAPH_INVALID', {
      reason: `${shape.mixer.declaration.name}, ${shape.direction}, cannot be streamed`,
    });
  const graph = new Graph({ name: 'streaming-parser' });
  const inputs = featureInputs(graph, shape, writing);
  const context = contextOf(graph, shape, writing);
  const carried = Array.from({ length: shape.layers }, (_, layer) =>
    Object.fromEntries(
      Object.entries(carriedTypes({ ...context, layer }, writing.batch)).map(([name, type]) => [
        name,
        graph.input(`in/${layer}/${name}`, type.dtype, type.shape),
      ]),
    ),
  );
  const { steps, carried: carriedOut } = trunk(
    embed(inputs.audio, inputs.visual, context),
    shape.mixer,
    context,
    carried,
  );
  graph.output('segments', segmentHead(steps, context, shape.classes).probabilities);
  carriedOut.forEach((layer, index) => {
    for (const [name, tensor] of Object.entries(layer)) graph.output(`out/${index}/${name}`, tensor);
  });
  return graph;
}

function featureInputs(graph: Graph, shape: ParserShape, { dtype, batch, length }: ParserWriting): FeatureInputs {
  return {
    audio: graph.input('audio', dtype, [batch, length, shape.audioWidth]),
    visual: graph.input('visual', dtype, [batch, length, shape.visualWidth]),
  };
}

function contextOf(graph: Graph, shape: ParserShape, writing: ParserWriting): LayerContext {
  const { width, layers, heads, direction } = shape;
  const { dtype, parameters, form } = writing;
  return { graph, dtype, parameters, form, width, layers, heads, direction, layer: 0, shared: new Map() };
}
