import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../train/random.js';
import { importGraphModel, readGraphModel } from './index.js';
import { compareWithTensorFlow } from './testing/compare-with-tensorflow.js';
import { flag, int, ints, smallModel, text, type, type SmallNode, type SmallWeight } from './testing/small-model.js';
import { openTensorFlow } from './testing/tensorflow.js';

const random = new Random(4);
const drawn = (...shape: number[]): SmallWeight => ({
  shape,
  values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform() * 2 - 1),
});
const whole = (...values: number[]): SmallWeight => ({ shape: [values.length], values, dtype: 'int32' });
const scalar = (value: number): SmallWeight => ({ shape: [], values: [value], dtype: 'int32' });

const walk = (stride: number, padding: string, dilation = 1) => ({
  strides: ints(1, stride, stride, 1),
  dilations: ints(1, dilation, dilation, 1),
  padding: text(padding),
  data_format: text('NHWC'),
});
const fused = (...names: string[]) => ({
  fused_ops: { list: { s: names.map((name) => Buffer.from(name).toString('base64')) } },
  num_args: int(1),
  epsilon: { f: 0 },
});
const pool = (side: number, stride: number, padding: string) => ({
  ...walk(stride, padding),
  ksize: ints(1, side, side, 1),
});
const plain = (op: string, ...input: string[]): SmallNode => ({ op, input });

interface Case {
  readonly name: string;
  readonly weights?: readonly SmallWeight[];
  readonly nodes: readonly SmallNode[];
}

/**
 * Pictures of 7 × 10 with 4 channels: an odd and an even side, so that SAME padding occurs with equal and unequal
 * halves.
 */
const CASES: readonly Case[] = [
  ...[1, 2, 3].flatMap((stride) =>
    ['SAME', 'VALID'].map((padding): Case => ({
      name: `Conv2D, stride ${stride}, ${padding}`,
      weights: [drawn(3, 2, 4, 5)],
      nodes: [{ op: 'Conv2D', input: ['x', 'w0'], attr: walk(stride, padding) }],
    })),
  ),
  {
    name: 'Conv2D, dilated',
    weights: [drawn(3, 3, 4, 2)],
    nodes: [{ op: 'Conv2D', input: ['x', 'w0'], attr: walk(1, 'SAME', 2) }],
  },
  ...[['BiasAdd'], ['BiasAdd', 'Relu'], ['BiasAdd', 'Relu6']].flatMap((names): Case[] => [
    {
      name: `_FusedConv2D with ${names.join()}`,
      weights: [drawn(1, 1, 4, 3), drawn(3)],
      nodes: [{ op: '_FusedConv2D', input: ['x', 'w0', 'w1'], attr: { ...walk(1, 'SAME'), ...fused(...names) } }],
    },
    {
      name: `FusedDepthwiseConv2dNative with ${names.join()}`,
      weights: [drawn(5, 5, 4, 1), drawn(4)],
      nodes: [
        {
          op: 'FusedDepthwiseConv2dNative',
          input: ['x', 'w0', 'w1'],
          attr: { ...walk(2, 'SAME'), ...fused(...names) },
        },
      ],
    },
  ]),
  {
    name: 'DepthwiseConv2dNative, two maps per channel',
    weights: [drawn(3, 3, 4, 2)],
    nodes: [{ op: 'DepthwiseConv2dNative', input: ['x', 'w0'], attr: walk(1, 'SAME') }],
  },
  ...['MaxPool', 'AvgPool'].flatMap((op) =>
    ['SAME', 'VALID'].map((padding): Case => ({
      name: `${op}, ${padding}`,
      nodes: [{ op, input: ['x'], attr: pool(3, 2, padding) }],
    })),
  ),
  ...[
    ['asymmetric', false, false],
    ['half-pixel centres', false, true],
    ['aligned corners', true, false],
  ].flatMap(([how, corners, half]) =>
    [
      [14, 20],
      [5, 17],
    ].map((size): Case => ({
      name: `ResizeBilinear, ${String(how)}, to ${size.join(' × ')}`,
      weights: [whole(...size)],
      nodes: [
        {
          op: 'ResizeBilinear',
          input: ['x', 'w0'],
          attr: { align_corners: flag(corners === true), half_pixel_centers: flag(half === true) },
        },
      ],
    })),
  ),
  ...['Mean', 'Sum', 'Max', 'Min'].flatMap((op) =>
    [true, false].map((keep): Case => ({
      name: `${op} over height and width, ${keep ? 'axes kept' : 'axes dropped'}`,
      weights: [drawn(1, 1, 4, 4), whole(1, 2)],
      nodes: [
        { op: 'Conv2D', input: ['x', 'w0'], attr: walk(1, 'SAME') },
        { op, input: ['n0', 'w1'], attr: { keep_dims: flag(keep) } },
      ],
    })),
  ),
  ...['Add', 'Sub', 'Mul', 'Maximum', 'Minimum', 'SquaredDifference'].flatMap((op): Case[] => [
    { name: `${op} with one number per channel`, weights: [drawn(4)], nodes: [plain(op, 'x', 'w0')] },
    { name: `${op} with one number per pixel`, weights: [drawn(7, 10, 1)], nodes: [plain(op, 'x', 'w0')] },
    { name: `${op} with a scalar`, weights: [drawn()], nodes: [plain(op, 'w0', 'x')] },
  ]),
  ...['Relu', 'Relu6', 'Sigmoid', 'Tanh', 'Exp', 'Square', 'Neg', 'Abs'].map((op): Case => ({
    name: op,
    nodes: [plain(op, 'x')],
  })),
  ...['FloorDiv', 'FloorMod', 'RealDiv'].map((op): Case => ({
    name: `${op} by positive and negative numbers`,
    weights: [{ shape: [4], values: [0.3, -0.7, 1.1, -2] }],
    nodes: [plain(op, 'x', 'w0')],
  })),
  {
    name: 'ConcatV2 of channels and of rows',
    weights: [scalar(3), scalar(1)],
    nodes: [plain('ConcatV2', 'x', 'x', 'w0'), plain('ConcatV2', 'n0', 'n0', 'w1')],
  },
  {
    name: 'PadV2 of channels and rows',
    weights: [
      { shape: [4, 2], values: [0, 0, 1, 2, 0, 0, 0, 3], dtype: 'int32' },
      { shape: [], values: [0.5] },
    ],
    nodes: [plain('PadV2', 'x', 'w0', 'w1')],
  },
  {
    name: 'Reshape, Transpose, Squeeze, ExpandDims',
    weights: [whole(1, 70, 4), whole(2, 0, 1), scalar(1)],
    nodes: [
      plain('Reshape', 'x', 'w0'),
      plain('Transpose', 'n0', 'w1'),
      { op: 'Squeeze', input: ['n1'], attr: { squeeze_dims: ints(1) } },
      plain('ExpandDims', 'n2', 'w2'),
    ],
  },
  {
    name: 'Unpack and Pack',
    nodes: [
      { op: 'Unpack', input: ['x'], attr: { axis: int(3), num: int(4) } },
      { op: 'Pack', input: ['n0:3', 'n0', 'n0:1'], attr: { axis: int(1), N: int(3) } },
    ],
  },
  {
    name: 'StridedSlice with masks and a step',
    weights: [whole(0, 1, 2, 3), whole(0, 6, 9, 4), whole(1, 2, 3, 1)],
    nodes: [
      {
        op: 'StridedSlice',
        input: ['x', 'w0', 'w1', 'w2'],
        attr: {
          begin_mask: int(1),
          end_mask: int(1),
          shrink_axis_mask: int(0),
          ellipsis_mask: int(0),
          new_axis_mask: int(0),
        },
      },
    ],
  },
  {
    name: 'ArgMax, Cast, FloorDiv of integers, GatherV2',
    weights: [whole(70, 4), scalar(0), scalar(7), whole(3, 1, 1)],
    nodes: [
      plain('Reshape', 'x', 'w0'),
      { op: 'ArgMax', input: ['n0', 'w1'], attr: { output_type: type('DT_INT32') } },
      { op: 'FloorDiv', input: ['n1', 'w2'], attr: { T: type('DT_INT32') } },
      { op: 'Cast', input: ['n2'], attr: { SrcT: type('DT_INT32'), DstT: type('DT_FLOAT') } },
      { op: 'GatherV2', input: ['n3', 'w3', 'w1'], attr: { batch_dims: int(0) } },
    ],
  },
  {
    name: 'GatherNd',
    weights: [{ shape: [3, 3], values: [0, 6, 9, 0, 0, 0, 0, 3, 4], dtype: 'int32' }],
    nodes: [plain('GatherNd', 'x', 'w0')],
  },
  {
    name: 'TopKV2',
    weights: [whole(1, 280), scalar(5)],
    nodes: [plain('Reshape', 'x', 'w0'), { op: 'TopKV2', input: ['n0', 'w1'], attr: { sorted: flag(true) } }],
  },
  {
    name: 'weights quantised to eight bits',
    weights: [{ shape: [4], values: [0, 17, 200, 255], quantization: { dtype: 'uint8', scale: 0.02, min: -1.3 } }],
    nodes: [plain('Mul', 'x', 'w0')],
  },
];

describe('an imported operator agrees with TensorFlow.js', () => {
  beforeAll(openTensorFlow);

  for (const { name, weights = [], nodes } of CASES)
    it(name, async () => {
      const values = Float32Array.from({ length: 280 }, () => random.uniform() * 8 - 4);
      const [agreement] = await compareWithTensorFlow(smallModel([1, 7, 10, 4], weights, nodes), [7, 10, 4], values);
      expect(agreement?.largest).toBeGreaterThan(0);
      expect(agreement?.difference).toBeLessThan(1e-5);
    });
});

describe('importGraphModel', () => {
  const attempt = (files: { json: Uint8Array; weights: Uint8Array }): (() => void) => {
    return () => importGraphModel(readGraphModel(files.json), new Map([['small.bin', files.weights]]));
  };
  const multiply = [plain('Mul', 'x', 'w0')];

  it('refuses an unknown operator and names it', () => {
    const files = smallModel([1, 7, 10, 4], [], [plain('NonMaxSuppressionV5', 'x')]);
    expect(attempt(files)).toThrow(
      expect.objectContaining({ code: 'EARSIGHT_GRAPH_OPERATOR', details: { operator: 'NonMaxSuppressionV5' } }),
    );
    expect(attempt(smallModel([1, 7, 10, 4], [], [plain('constructor', 'x')]))).toThrow(/operator constructor/);
  });

  it('refuses a known operator in an unsupported form', () => {
    const weights = [drawn(3, 3, 4, 2), drawn(2)];
    const attr = { ...walk(1, 'SAME'), ...fused('BiasAdd', 'Elu') };
    expect(
      attempt(smallModel([1, 7, 10, 4], weights, [{ op: '_FusedConv2D', input: ['x', 'w0', 'w1'], attr }])),
    ).toThrow(/_FusedConv2D \(with Elu\)/);
  });

  it('refuses named sides if an operator depends on the exported ones', () => {
    const free = (weights: readonly SmallWeight[], ...nodes: SmallNode[]): (() => void) => {
      const files = smallModel([1, 7, 10, 4], weights, nodes);
      return () =>
        importGraphModel(readGraphModel(files.json), new Map([['small.bin', files.weights]]), {
          sides: ['7*height', '10*width'],
        });
    };
    const resize = { op: 'ResizeBilinear', input: ['x', 'w0'] };
    expect(free([whole(14, 20)], resize)).not.toThrow();
    expect(free([whole(14, 17)], resize)).toThrow(/ResizeBilinear \(to a fraction of sides that vary\)/);
    const convolution = { op: 'Conv2D', input: ['x', 'w0'] };
    expect(free([drawn(3, 3, 4, 2)], { ...convolution, attr: walk(1, 'SAME') })).not.toThrow();
    expect(free([drawn(3, 3, 4, 2)], { ...convolution, attr: walk(2, 'SAME') })).toThrow(/stride 2 over sides of 7/);
  });

  it.each([
    ['whose weights are truncated', (files) => ({ ...files, weights: files.weights.subarray(0, 7) })],
    ['whose weights are too long', (files) => ({ ...files, weights: Buffer.concat([files.weights, Buffer.alloc(4)]) })],
    ['that is not JSON', (files) => ({ ...files, json: files.json.subarray(0, 100) })],
    ['of another format', (files) => ({ ...files, json: Buffer.from('{"format":"layers-model"}') })],
  ] satisfies [string, (files: ReturnType<typeof smallModel>) => ReturnType<typeof smallModel>][])(
    'refuses a model %s',
    (_, damage) => {
      expect(attempt(damage(smallModel([1, 7, 10, 4], [drawn(4)], multiply)))).toThrow(
        expect.objectContaining({ code: 'EARSIGHT_MODEL_UNREADABLE' }),
      );
    },
  );

  it('refuses a model with a cycle or with a missing node', () => {
    expect(attempt(smallModel([1, 7, 10, 4], [], [plain('Relu', 'n1'), plain('Relu', 'n0')]))).toThrow(
      /waits for itself/,
    );
    expect(attempt(smallModel([1, 7, 10, 4], [], [plain('Relu', 'nowhere')]))).toThrow(/nothing makes nowhere/);
  });
});
