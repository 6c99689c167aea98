import { Graph, multiHeadAttention, reshape, type Tensor } from '../../models/graph/index.js';
import { softmaxAttentionDeclaration, softmaxAttentionLayer } from '../../models/mixers/baselines/softmax-layer.js';
import { linear } from '../../models/mixers/blocks/linear.js';
import type { MixerLayer } from '../../models/mixers/layer.js';
import { applyRotary, rotaryTables } from '../../models/mixers/lrpe/rotary.js';
import { seededParameters } from '../../models/mixers/parameters.js';
import { formNamed } from '../../models/mixers/recurrence/form-table.js';
import { tnlLayer } from '../../models/mixers/tnl/layer.js';
import { parse } from '../../models/parser/parser.js';
import { PARSER, type Configuration, type Form } from './configuration.js';
import { mixerGraph, mixerInputs } from './mixer-graph.js';
import { timeGraph, type Timing } from './timing.js';

/** Entry of a child process: measures the configuration given as JSON and prints its timing as one line of JSON. */
const configuration = JSON.parse(process.argv[2] ?? '{}') as Configuration;
const { device, form, length } = configuration;
const timing = await (configuration.what === 'mixer'
  ? timeGraph(device, mixerInputs('scalar', length), mixerGraph(form, 'scalar', length))
  : measureParser(configuration));
process.stdout.write(`${JSON.stringify(timing)}\n`);
// Exit explicitly, because threads of a GPU driver may keep the process alive.
process.exit(0);

/** Times a causal parser of six layers with width 256, from features to segment probabilities. */
function measureParser({ device, batch, length, form }: Configuration): Promise<Timing> {
  const { audioWidth, visualWidth, classes } = PARSER;
  const graph = new Graph({ name: 'parser' });
  const audio = graph.input('audio', 'float32', [batch, length, audioWidth]);
  const visual = graph.input('visual', 'float32', [batch, length, visualWidth]);
  const future = form === 'fused' ? { future: { shape: [1, length, length], values: 'future' } as const } : {};
  const { probabilities } = parse(
    graph,
    { ...PARSER, mixer: mixerOf(graph, form, length), direction: 'causal' },
    { parameters: seededParameters(1), form: formNamed(form), length, batch, dtype: 'float32' },
    { audio, visual },
  );
  const inputs = {
    audio: { shape: [batch, length, audioWidth], values: 'signal' },
    visual: { shape: [batch, length, visualWidth], values: 'signal' },
    ...future,
  } as const;
  return timeGraph(device, inputs, { graph, output: reshape(probabilities, [batch, length, 2 * classes]) });
}

function mixerOf(graph: Graph, form: Form, length: number): MixerLayer {
  if (form === 'fused') return fusedAttentionLayer(graph.input('future', 'float32', [1, length, length]));
  return form === 'softmax' ? softmaxAttentionLayer : tnlLayer;
}

/**
 * The softmax baseline by onnxruntime's fused operator. The operator has no causal mode on webgpu: the mask `future`
 * [1, T, T] is added to the scores, and its size limits the sequence length.
 */
function fusedAttentionLayer(future: Tensor): MixerLayer {
  return {
    declaration: softmaxAttentionDeclaration,
    channelMixer: 'glu',
    mix: (x, place) => {
      const { width, heads } = place;
      const length = Number(x.shape[1]);
      const turns = rotaryTables(place, length, width / heads);
      const q = applyRotary(linear(x, place, 'query', width), heads, turns);
      const k = applyRotary(linear(x, place, 'key', width), heads, turns);
      const v = linear(x, place, 'value', width);
      const attentionBias = reshape(future, [1, 1, length, length]);
      return {
        output: linear(multiHeadAttention(q, k, v, { heads, attentionBias }), place, 'out', width),
        carried: {},
      };
    },
  };
}
