import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Graph, identity, matmul, serialise, serialiseExternal } from '../index.js';
import * as o from '../operators/index.js';
import { buildCase, numbersOf } from '../testing/operator-case.js';
import { OPERATOR_CASES } from '../testing/operator-cases.js';
import { readModel } from './read-model.js';
import { decodeModel, encodeModel } from './schema.js';
import type { ModelProto, TensorProto } from './schema.js';

describe('readModel', () => {
  it('reads every operator back into a graph that computes the same numbers', async () => {
    for (const test of OPERATOR_CASES) {
      const { graph, feeds } = buildCase(test, true);
      const bytes = serialise(graph);
      const copy = readModel(bytes);
      expect(copy.nodes.length, test.name).toBe(decodeModel(bytes).graph?.node.length);
      const [first, second] = [await InferenceSession.create(bytes), await InferenceSession.create(serialise(copy))];
      const [expected, found] = [await first.run(feeds()), await second.run(feeds())];
      for (const name of Object.keys(expected))
        expect(numbersOf(found[name]), `${test.name} ${name}`).toEqual(numbersOf(expected[name]));
      await first.release();
      await second.release();
    }
  });

  it('tells parameters from constants, with weights in the model or in an external file', () => {
    const g = new Graph({ name: 'two' });
    const w = g.parameter(
      'w',
      'float16',
      [16, 64],
      Array.from({ length: 1024 }, (_, i) => i / 1024),
    );
    g.output(
      'y',
      matmul(
        matmul(g.input('x', 'float16', ['B', 16]), w),
        g.constant(
          'float16',
          [64, 1],
          Array.from({ length: 64 }, () => 1),
        ),
      ),
    );
    const { model, data } = serialiseExternal(g, 'two.bin');
    expect(() => readModel(model)).toThrow(/two.bin, which was not given/);
    const copy = readModel(model, { external: new Map([['two.bin', data]]) });
    expect(copy.parameters.map(({ name, shape }) => [name, shape])).toEqual([['w', [16, 64]]]);
    expect(serialise(copy)).toHaveLength(serialise(g).length);
    expect(copy.parameters[0]?.origin).toEqual(g.parameters[0]?.origin);
  });

  it('refuses a model with an unknown operator and names the operator', () => {
    const g = new Graph();
    g.output('y', identity(g.input('x', 'float32', [1])));
    const proto = decodeModel(serialise(g));
    for (const node of proto.graph?.node ?? []) Object.assign(node, { opType: 'FlashMob', domain: 'org.example' });
    expect(() => readModel(encodeModel(proto))).toThrow(
      expect.objectContaining({ code: 'EARSIGHT_GRAPH_OPERATOR', details: { operator: 'org.example.FlashMob' } }),
    );
  });

  it('keeps the factor of a dimension that is a named multiple', () => {
    const g = new Graph();
    g.output('y', o.reshape(g.input('x', 'float32', ['B', '2*T', 4]), ['B', 'T', 2, 4]));
    expect(readModel(serialise(g)).outputs[0]?.tensor.shape).toEqual(['B', 'T', 2, 4]);
  });

  it('reads a slice to the end whose bounds are stored as int64 data instead of raw bytes', () => {
    const g = new Graph();
    g.output('y', o.slice(g.input('x', 'float32', [5]), 0, 1));
    const proto = decodeModel(serialise(g));
    for (const tensor of proto.graph?.initializer ?? []) {
      const [value = 0n] = new BigInt64Array(Uint8Array.from(tensor.rawData ?? []).buffer);
      // The largest int64, which onnx's Python helper writes for an open end.
      const long = value > 1000n ? '9223372036854775807' : Number(value);
      Object.assign(tensor, { rawData: new Uint8Array(), int64Data: [long] });
    }
    expect(readModel(encodeModel(proto)).outputs[0]?.tensor.shape).toEqual([4]);
  });

  const hostile: Readonly<Record<string, (model: ModelProto, weight: TensorProto) => unknown>> = {
    'a parameter list that is not JSON': (model) =>
      (model.metadataProps = [{ key: 'earsight.parameters', value: '{' }]),
    'a parameter list that is a number': (model) =>
      (model.metadataProps = [{ key: 'earsight.parameters', value: '5' }]),
    'a weight whose bytes end within an element': (_, weight) => (weight.rawData = new Uint8Array(5)),
    'a weight with negative dimensions': (_, weight) => (weight.dims = [-1, -2]),
    'an external weight with a negative offset': (_, weight) =>
      Object.assign(weight, {
        ...{ rawData: new Uint8Array(), dataLocation: 1 },
        externalData: Object.entries({ location: 'w', offset: '-8', length: '8' }).map(([key, value]) => ({
          key,
          value,
        })),
      }),
    'an external weight whose location is a path outside the model folder': (_, weight) =>
      Object.assign(weight, {
        ...{ rawData: new Uint8Array(), dataLocation: 1 },
        externalData: [{ key: 'location', value: '../../../../etc/passwd' }],
      }),
    'a node that reads its own output': (model) => model.graph?.node[0]?.input.fill('y'),
  };
  it.each(Object.entries(hostile))('refuses %s', (_, corrupt) => {
    const g = new Graph();
    g.output('y', o.add(g.input('x', 'float32', [2]), g.parameter('w', 'float32', [2], [1, 2])));
    const model = decodeModel(serialise(g));
    const weight = model.graph?.initializer[0];
    if (weight === undefined) return expect.unreachable();
    corrupt(model, weight);
    const external = new Map([['w', new Uint8Array(16)]]);
    expect(() => readModel(encodeModel(model), { external })).toThrow(
      expect.objectContaining({ code: 'EARSIGHT_MODEL_UNREADABLE' }),
    );
  });

  it('refuses bytes that are not an ONNX model', () => {
    for (const bytes of [
      new Uint8Array(),
      new TextEncoder().encode('not a model at all'),
      new Uint8Array(64).fill(255),
    ])
      expect(() => readModel(bytes)).toThrow(expect.objectContaining({ code: 'EARSIGHT_MODEL_UNREADABLE' }));
  });
});
