import { Graph } from '../../models/graph/index.js';
import { softmaxAttentionLayer } from '../../models/mixers/baselines/softmax-layer.js';
import { seededParameters } from '../../models/mixers/parameters.js';
import { recurrence, type SequenceForm } from '../../models/mixers/recurrence/sequence.js';
import { tnlLayer } from '../../models/mixers/tnl/layer.js';
import { parse } from '../../models/parser/parser.js';
import { reshape } from '../../models/graph/index.js';
import { MIXER, PARSER, type Configuration } from './configuration.js';
import { timeGraph, type Timing } from './timing.js';

/** A process of its own: measures the configuration given as JSON and prints its timing as one line of JSON. */
const configuration = JSON.parse(process.argv[2] ?? '{}') as Configuration;
const timing = await (configuration.what === 'mixer' ? measureMixer(configuration) : measureParser(configuration));
process.stdout.write(`${JSON.stringify(timing)}\n`);
// A driver's own threads must not keep the child alive.
process.exit(0);

function formOf({ form }: Configuration): SequenceForm {
  return form.startsWith('chunked-') ? { kind: 'chunked', chunk: Number(form.slice(8)) } : { kind: 'native' };
}

/** The recurrence alone with scalar gates from the input. */
function measureMixer(configuration: Configuration): Promise<Timing> {
  const { device, batch, length } = configuration;
  const { heads, headWidth } = MIXER;
  const graph = new Graph({ name: 'mixer' });
  const rows = [batch, length, heads * headWidth] as const;
  const [q, k, v] = ['q', 'k', 'v'].map((name) => graph.input(name, 'float32', rows));
  const logs = graph.input('g', 'float32', [batch, length, heads]);
  if (!q || !k || !v) throw new TypeError('three inputs');
  const { output } = recurrence({ q, k, v, heads, decay: { kind: 'scalar', logs } }, formOf(configuration));
  const signal = { shape: rows, values: 'signal' } as const;
  const decay = { shape: [batch, length, heads], values: 'log-decay' } as const;
  return timeGraph(device, graph, { q: signal, k: signal, v: signal, g: decay }, output);
}

/** Six layers, 256 wide, causal, from features to segment probabilities. */
function measureParser(configuration: Configuration): Promise<Timing> {
  const { device, batch, length, form } = configuration;
  const { audioWidth, visualWidth, classes } = PARSER;
  const graph = new Graph({ name: 'parser' });
  const audio = graph.input('audio', 'float32', [batch, length, audioWidth]);
  const visual = graph.input('visual', 'float32', [batch, length, visualWidth]);
  const mixer = form === 'softmax' ? softmaxAttentionLayer : tnlLayer;
  const { probabilities } = parse(
    graph,
    { ...PARSER, mixer, direction: 'causal' },
    { parameters: seededParameters(1), form: formOf(configuration), length, batch, dtype: 'float32' },
    { audio, visual },
  );
  return timeGraph(
    device,
    graph,
    {
      audio: { shape: [batch, length, audioWidth], values: 'signal' },
      visual: { shape: [batch, length, visualWidth], values: 'signal' },
    },
    reshape(probabilities, [batch, length, 2 * classes]),
  );
}
