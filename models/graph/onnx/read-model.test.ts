import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Graph, identity, matmul, serialise, serialiseExternal } from '../index.js';
import { buildCase, numbersOf } from '../testing/operator-case.js';
import { OPERATOR_CASES } from '../testing/operator-cases.js';
import { readModel } from './read-model.js';
import { decodeModel, encodeModel } from './schema.js';

describe('readModel', () => {
  it('reads every operator back: the copy gives the same numbers', async () => {
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

  it('keeps parameters apart from constants, inside the file or beside it', () => {
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

  it('names an operator it does not know', () => {
    const g = new Graph();
    g.output('y', identity(g.input('x', 'float32', [1])));
    const proto = decodeModel(serialise(g));
    for (const node of proto.graph?.node ?? []) Object.assign(node, { opType: 'FlashMob', domain: 'org.example' });
    expect(() => readModel(encodeModel(proto))).toThrow(
      expect.objectContaining({ code: 'EARSIGHT_GRAPH_OPERATOR', details: { operator: 'org.example.FlashMob' } }),
    );
  });

  it('refuses bytes that are no model', () => {
    for (const bytes of [
      new Uint8Array(),
      new TextEncoder().encode('not a model at all'),
      new Uint8Array(64).fill(255),
    ])
      expect(() => readModel(bytes)).toThrow(expect.objectContaining({ code: 'EARSIGHT_MODEL_UNREADABLE' }));
  });
});
