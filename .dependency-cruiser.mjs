// The directions in which top-level folders may import each other (docs/architecture.md), checked by `npm run check`.

/** From top to bottom: a folder may import itself and the folders after it. */
const LAYERS = ['pipeline', 'server', 'queues', 'stages', 'models', 'core'];

/** Imports anything: measurements and journeys. */
const ABOVE = ['bench', 'tests'];

/** Draws and synthesises videos for tests and for the demo: it needs no more than the layer at the bottom. */
const FIXTURES = 'fixtures';

/** Test code beside the units: it may use what draws fixtures and what the journeys share. */
const TEST_CODE = '(\\.test\\.ts$|/testing/)';

const folder = (names) => `^(${names.join('|')})/`;

const upwards = LAYERS.flatMap((layer, at) => [
  {
    name: `${layer}-imports-only-downwards`,
    comment: `${layer}/ may import ${LAYERS.slice(at).join(', ')}; nothing above it.`,
    severity: 'error',
    from: { path: folder([layer]), pathNot: TEST_CODE },
    to: { path: folder([...LAYERS.slice(0, at), ...ABOVE, FIXTURES]) },
  },
  {
    name: `tests-of-${layer}-import-only-downwards`,
    comment: `Test code in ${layer}/ may also use fixtures/ and tests/, but no layer above it.`,
    severity: 'error',
    from: { path: `^${layer}/.*${TEST_CODE}` },
    to: { path: folder([...LAYERS.slice(0, at), 'bench']) },
  },
]);

export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    ...upwards,
    {
      name: 'fixtures-import-only-core',
      severity: 'error',
      from: { path: `^${FIXTURES}/`, pathNot: TEST_CODE },
      to: { path: folder([...LAYERS.filter((layer) => layer !== 'core'), ...ABOVE]) },
    },
    {
      name: 'testing-does-not-ship',
      comment: 'What ships may not import test code.',
      severity: 'error',
      from: { path: folder(LAYERS), pathNot: TEST_CODE },
      to: { path: '/testing/' },
    },
    {
      name: 'packs-load-encoders',
      comment: 'models/packs opens encoders; encoders and what they use know the manifest alone.',
      severity: 'error',
      from: { path: '^models/(encoders|manifest|runtime|spectrum|wasm)/', pathNot: TEST_CODE },
      to: { path: '^models/packs/' },
    },
    {
      name: 'in-the-application',
      comment: 'pipeline/run and pipeline/processes use pipeline/work, which knows neither.',
      severity: 'error',
      from: { path: '^pipeline/work/', pathNot: TEST_CODE },
      to: { path: '^pipeline/(run|processes|cli)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules|fixtures/out)/' },
  },
};
