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

/** Keys by stage, after a change to the pack's entry for the sound tagger. */
function keys(
  change: (model: ResolvedModel) => ResolvedModel,
  labels: readonly ListedLabel[] | null = null,
): Record<string, string> {
  return keysOf(
    stack.models.map((model) => (model.manifest.role === 'audio-tags' ? change(model) : model)),
    labels,
  );
}

it('changes the key of encode with the order of the packs, because the first pack with faces decides', () => {
  const [first, second] = [keysOf(stack.models), keysOf([...stack.models].reverse())];
  expect(first['extract']).toBe(second['extract']);
  expect(first['encode']).not.toBe(second['encode']);
});

it('changes the keys from encode on, not that of extract, when the manifest entry of a network changes', () => {
  const before = keys((model) => model);
  const after = keys((model) => ({
    ...model,
    manifest: { ...model.manifest, windowsSec: [3] } as typeof model.manifest,
  }));
  const changed = Object.keys(before).filter((stage) => before[stage] !== after[stage]);
  expect(changed).toEqual([
    'encode',
    'track',
    'listen',
    'transcribe',
    'label',
    'parse',
    'describe',
    'script',
    'report',
  ]);
});

it('changes only the keys of parse and report when a label list changes only its rules', () => {
  const by = (rule: ListedLabel['rule']) => keys((model) => model, [{ name: 'Dog', aliases: [], rule }]);
  const [before, after] = [by(undefined), by({ on: 0.7, minSec: 2 })];
  expect(Object.keys(before).filter((stage) => before[stage] !== after[stage])).toEqual([
    'parse',
    'describe',
    'script',
    'report',
  ]);
});

it('keeps every key where settings of shots only repeat the defaults, and follows the others', () => {
  const [before, repeated] = [keysOf(stack.models), keysOf(stack.models, null, { detector: 'adaptive' })];
  expect(repeated).toEqual(before);
  for (const shots of [{ threshold: 4 }, { minShotSec: 0.6 }, { detector: 'content' as const }]) {
    const after = keysOf(stack.models, null, shots);
    const changed = Object.keys(before).filter((stage) => before[stage] !== after[stage]);
    expect(changed).toEqual(['shots', 'track', 'label', 'parse', 'describe', 'script', 'report']);
  }
});

it('keeps all keys when the files of a pack are moved', () => {
  const moved = keys((model) => ({ ...model, folder: '/elsewhere', manifest: { ...model.manifest, files: [] } }));
  expect(moved).toEqual(keys((model) => model));
});

it('listens only where a pack has a transcriber and the user wants a transcript', () => {
  const [model] = stack.models;
  if (model === undefined) return expect.unreachable();
  const transcriber = { ...model, identity: { ...model.identity, role: 'transcriber' as const } };
  const published = (models: readonly ResolvedModel[], transcript?: null): readonly string[] => {
    const settings = { segment: '1', frames: 'all', labels: null, timeoutSec: undefined } as const;
    const graph = standardGraph({ ...settings, ...(transcript === null && { transcript }) }, { ...stack, models });
    return graph.find((node) => node.stage.name === 'transcribe')?.publishes ?? [];
  };
  expect(published([model])).toEqual([]);
  expect(published([transcriber])).toEqual(['transcript.json', 'transcript.vtt', 'transcript.srt']);
  expect(published([transcriber], null)).toEqual([]);
});
