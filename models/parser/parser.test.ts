import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { fromFloat16, serialise, toFloat16, type Graph } from '../graph/index.js';
import { softmaxAttentionLayer } from '../mixers/baselines/softmax-layer.js';
import { hgrn2Layer } from '../mixers/hgrn2/layer.js';
import { lightNetLayer } from '../mixers/lightnet/layer.js';
import { seededParameters } from '../mixers/parameters.js';
import { tnlLayer } from '../mixers/tnl/layer.js';
import { parserNetwork, streamingParser, type ParserShape, type ParserWriting } from './parser.js';

const SHAPE: ParserShape = {
  ...{ audioWidth: 5, visualWidth: 7, classes: 3, width: 16, layers: 2, heads: 2 },
  ...{ mixer: tnlLayer, direction: 'causal' },
};
const WRITING: ParserWriting = {
  ...{
    parameters: seededParameters(2),
    form: { kind: 'auto', device: 'cpu' },
    length: 12,
    batch: 'B',
    dtype: 'float32',
  },
};

const open = (graph: Graph): Promise<InferenceSession> =>
  InferenceSession.create(serialise(graph), { logSeverityLevel: 4 });

function features(length: number, batch = 1): Record<'audio' | 'visual', OrtTensor> {
  const waves = (width: number): OrtTensor =>
    new OrtTensor(
      'float32',
      Float32Array.from({ length: batch * length * width }, (_, i) => Math.sin(1.7 * i)),
      [batch, length, width],
    );
  return { audio: waves(5), visual: waves(7) };
}

/** A mask of which the first `steps` steps count, all by default. */
function shown(length: number, batch = 1, steps = length): OrtTensor {
  const values = Float32Array.from({ length: batch * length }, (_, i) => (i % length < steps ? 1 : 0));
  return new OrtTensor('float32', values, [batch, length, 1]);
}

function numbers(tensor: OrtTensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError('no float32 result');
  return tensor.data;
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++)
    expect(Math.abs((found[i] ?? Number.NaN) - (wanted[i] ?? Number.NaN))).toBeLessThan(1e-5);
}

describe('a parser', () => {
  it('gives probabilities of segments and, pooled by learned weights, of the video', async () => {
    for (const direction of ['causal', 'bidirectional'] as const) {
      const session = await open(parserNetwork({ ...SHAPE, direction }, WRITING));
      const results = await session.run({ ...features(12, 2), mask: shown(12, 2) });
      expect(results['segments']?.dims).toEqual([2, 12, 2, 3]);
      expect(results['modalities']?.dims).toEqual([2, 2, 3]);
      expect(results['video']?.dims).toEqual([2, 3]);
      const segments = numbers(results['segments']);
      expect(segments.every((p) => p > 0 && p < 1)).toBe(true);
      // A weighted mean over the steps lies between the least and the largest of them.
      for (let c = 0; c < 3; c++) {
        const heard = segments.slice(0, 72).filter((_, i) => i % 6 === c);
        const pooled = numbers(results['modalities'])[c] ?? Number.NaN;
        expect(pooled).toBeGreaterThan(Math.min(...heard));
        expect(pooled).toBeLessThan(Math.max(...heard));
      }
    }
  });

  it.each([
    ['bidirectional softmax attention', softmaxAttentionLayer, 'bidirectional'],
    ['causal TNL', tnlLayer, 'causal'],
  ] as const)('of %s gives outputs that do not depend on padding', async (_, mixer, direction) => {
    const shape = { ...SHAPE, direction, mixer };
    const short = await open(parserNetwork(shape, { ...WRITING, length: 9 }));
    const long = await open(parserNetwork(shape, WRITING));
    const alone = await short.run({ ...features(9), mask: shown(9) });
    const padded = await long.run({ ...features(12), mask: shown(12, 1, 9) });
    expectClose(numbers(padded['video']), numbers(alone['video']));
    expectClose(numbers(padded['segments']).slice(0, 9 * 6), numbers(alone['segments']));
  });

  it.each([
    ['tnl', tnlLayer],
    ['hgrn2', hgrn2Layer],
    ['lightnet', lightNetLayer],
  ])('of %s continues a stream with the outputs of one pass', async (_, mixer) => {
    const shape = { ...SHAPE, mixer };
    const whole = await (await open(parserNetwork(shape, WRITING))).run({ ...features(12), mask: shown(12) });
    const stream = await open(streamingParser(shape, { ...WRITING, length: 4, batch: 1 }));
    let carried: Record<string, OrtTensor> = {};
    for (const input of stream.inputMetadata)
      if (input.isTensor && input.name.startsWith('in/')) {
        const dims = input.shape.map(Number);
        const zeros = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
        carried[input.name] = new OrtTensor('float32', zeros, dims);
      }
    const { audio, visual } = features(12);
    const found: number[] = [];
    for (let start = 0; start < 12; start += 4) {
      const cut = (tensor: OrtTensor, width: number): OrtTensor =>
        new OrtTensor('float32', numbers(tensor).slice(start * width, (start + 4) * width), [1, 4, width]);
      const { segments, ...rest } = await stream.run({ audio: cut(audio, 5), visual: cut(visual, 7), ...carried });
      found.push(...numbers(segments));
      carried = Object.fromEntries(Object.entries(rest).map(([name, tensor]) => [name.replace('out/', 'in/'), tensor]));
    }
    expectClose(found, numbers(whole['segments']));
  });

  it.each([
    ['tnl', tnlLayer],
    ['hgrn2', hgrn2Layer],
    ['lightnet', lightNetLayer],
  ])('of %s gives the same probabilities in float16 within 2 %', async (_, mixer) => {
    for (const form of [{ kind: 'native' }, { kind: 'chunked', chunk: 16 }] as const) {
      const writing = { ...WRITING, length: 64, form };
      const exact = await open(parserNetwork({ ...SHAPE, mixer }, writing));
      const half = await open(parserNetwork({ ...SHAPE, mixer }, { ...writing, dtype: 'float16' }));
      const { audio, visual } = features(64);
      const wanted = numbers((await exact.run({ audio, visual, mask: shown(64) }))['segments']);
      const halved = (tensor: OrtTensor): OrtTensor =>
        new OrtTensor('float16', toFloat16(numbers(tensor)), tensor.dims);
      const fed = { audio: halved(audio), visual: halved(visual), mask: halved(shown(64)) };
      const found = (await half.run(fed))['segments']?.data;
      const values = found instanceof Uint16Array ? fromFloat16(found) : Float32Array.from(found as ArrayLike<number>);
      wanted.forEach((p, i) => expect(Math.abs((values[i] ?? Number.NaN) - p)).toBeLessThan(2e-2));
    }
  });

  it('refuses to stream a mixer without carried state', () => {
    expect(() => streamingParser({ ...SHAPE, mixer: softmaxAttentionLayer }, WRITING)).toThrow(
      expect.objectContaining({ code: 'EARSIGHT_GRAPH_INVALID' }),
    );
  });
});
