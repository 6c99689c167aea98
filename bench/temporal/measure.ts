import { Graph, reshape } from '../../models/graph/index.js';
import { softmaxAttentionLayer } from '../../models/mixers/baselines/softmax-layer.js';
import { seededParameters } from '../../models/mixers/parameters.js';
import type { Decay } from '../../models/mixers/recurrence/decay.js';
import { formNamed } from '../../models/mixers/recurrence/form-table.js';
import { recurrence } from '../../models/mixers/recurrence/sequence.js';
import { tnlLayer } from '../../models/mixers/tnl/layer.js';
import { parse } from '../../models/parser/parser.js';
import { MIXER, PARSER, type Configuration } from './configuration.js';
import { timeGraph, type Timing } from './timing.js';

/** A process of its own: measures the configuration given as JSON and prints its timing as one line of JSON. */
const configuration = JSON.parse(process.argv[2] ?? '{}') as Configuration;
const timing = await (configuration.what === 'mixer' ? measureMixer(configuration) : measureParser(configuration));
process.stdout.write(`${JSON.stringify(timing)}\n`);
// A driver's own threads must not keep the child alive.
process.exit(0);

/** The recurrence alone. */
function measureMixer(configuration: Configuration): Promise<Timing> {
  const { device, batch, length, decay: kind = 'scalar', budgetMs } = configuration;
  const { heads, headWidth } = MIXER;
  const graph = new Graph({ name: 'mixer' });
  const rows = [batch, length, heads * headWidth] as const;
  const [q, k, v] = ['q', 'k', 'v'].map((name) => graph.input(name, 'float32', rows));
  if (!q || !k || !v) throw new TypeError('three inputs');
  const gates = [batch, length, kind === 'vector' ? heads * headWidth : heads] as const;
  const decay: Decay =
    kind === 'constant'
      ? { kind, logs: Array.from({ length: heads }, (_, h) => -(2 ** -(h + 1))) }
      : { kind, logs: graph.input('g', 'float32', gates) };
  const { output } = recurrence({ q, k, v, heads, decay }, formNamed(configuration.form));
  const signal = { shape: rows, values: 'signal' } as const;
  const inputs = { q: signal, k: signal, v: signal };
  const gated = { ...inputs, g: { shape: gates, values: 'log-decay' } as const };
  return timeGraph(device, graph, kind === 'constant' ? inputs : gated, output, budgetMs);
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
    { parameters: seededParameters(1), form: formNamed(form), length, batch, dtype: 'float32' },
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
