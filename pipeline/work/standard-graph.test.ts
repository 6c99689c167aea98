import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUILT_IN } from '../../models/packs/built-in.js';
import { resolvePacks, type ResolvedModel, type ResolvedStack } from '../../models/packs/resolve-packs.js';
import type { ListedLabel } from '../../stages/label/label-set.js';
import { recipesFor } from './stage-graph.js';
import { standardGraph, type GraphSettings } from './standard-graph.js';

let cacheDir: string;
let stack: ResolvedStack;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'earsight-graph-'));
  stack = await resolvePacks([BUILT_IN], { cacheDir });
});
afterAll(async () => await rm(cacheDir, { recursive: true, force: true }));

function keysOf(
  models: readonly ResolvedModel[],
  labels: readonly ListedLabel[] | null = null,
  shots?: GraphSettings['shots'],
): Record<string, string> {
  const settings = { segment: '1', frames: 'all', labels, timeoutSec: undefined, ...(shots && { shots }) } as const;
  const source = { path: 'a.mp4', sha256: '0'.repeat(64), bytes: 1 };
  const recipes = recipesFor(standardGraph(settings, { ...stack, models }), source);
  return Object.fromEntries([...recipes].map(([stage, { key }]) => [stage, key]));
}

/** Keys by stage, with the sound tagger's entry of the pack changed. */
function keys(
  change: (model: ResolvedModel) => ResolvedModel,
  labels: readonly ListedLabel[] | null = null,
): Record<string, string> {
  return keysOf(
    stack.models.map((model) => (model.manifest.role === 'audio-tags' ? change(model) : model)),
    labels,
  );
}

it('encodes anew where packs come in another order, for the first one that has faces decides', () => {
  const [first, second] = [keysOf(stack.models), keysOf([...stack.models].reverse())];
  expect(first['extract']).toBe(second['extract']);
  expect(first['encode']).not.toBe(second['encode']);
});

it('encodes anew where a pack says something else of the same network, and decodes nothing anew', () => {
  const before = keys((model) => model);
  const after = keys((model) => ({
    ...model,
    manifest: { ...model.manifest, windowsSec: [3] } as typeof model.manifest,
  }));
  const changed = Object.keys(before).filter((stage) => before[stage] !== after[stage]);
  expect(changed).toEqual(['encode', 'track', 'label', 'parse', 'report']);
});

it('decodes events anew, and nothing before them, where a label list changes its rules alone', () => {
  const by = (rule: ListedLabel['rule']) => keys((model) => model, [{ name: 'Dog', aliases: [], rule }]);
  const [before, after] = [by(undefined), by({ on: 0.7, minSec: 2 })];
  expect(Object.keys(before).filter((stage) => before[stage] !== after[stage])).toEqual(['parse', 'report']);
});

it('keeps every key where settings of shots only repeat the defaults, and follows the others', () => {
  const [before, repeated] = [keysOf(stack.models), keysOf(stack.models, null, { detector: 'adaptive' })];
  expect(repeated).toEqual(before);
  for (const shots of [{ threshold: 4 }, { minShotSec: 0.6 }, { detector: 'content' as const }]) {
    const after = keysOf(stack.models, null, shots);
    const changed = Object.keys(before).filter((stage) => before[stage] !== after[stage]);
    expect(changed).toEqual(['shots', 'track', 'label', 'parse', 'report']);
  }
});

it('does not mind where the files of a pack lie', () => {
  const moved = keys((model) => ({ ...model, folder: '/elsewhere', manifest: { ...model.manifest, files: [] } }));
  expect(moved).toEqual(keys((model) => model));
});
