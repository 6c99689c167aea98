// The directions in which top-level folders may import each other (docs/architecture.md), checked by `npm run check`.

/** From top to bottom: a folder may import itself and the folders after it. */
const LAYERS = ['pipeline', 'server', 'queues', 'stages', 'models', 'measures', 'core'];

/** Imports anything: measurements and journeys. */
const ABOVE = ['bench', 'tests'];

/** Draws and synthesises videos for tests and for the demo: it needs no more than the layer at the bottom. */
const FIXTURES = 'fixtures';

/** Test code beside the units: it may use what draws fixtures and what the journeys share. */
const TEST_CODE = '(\\.test\\.ts$|/testing/)';

/** Test code that measurements need as well: test servers, pretended work, tiny packs, and how a stage is run and scored. */
const TEST_CODE_OF_BENCH = [
  '^core/store/bucket/testing/s3-server\\.ts$',
  '^models/encoders/testing/tiny-pack\\.ts$',
  '^queues/testing/(fake-work|redis-server)\\.ts$',
  '^stages/testing/run-stage\\.ts$',
  '^stages/shots/testing/measure-clip\\.ts$',
  '^stages/sound/testing/score-onsets\\.ts$',
];

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
      from: { path: folder([...LAYERS, FIXTURES]), pathNot: TEST_CODE },
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
      name: 'bench-uses-listed-test-code',
      comment:
        'bench/ is built too: what it imports from testing/ ships with it. Only these servers, fakes and scores may.',
      severity: 'error',
      from: { path: '^bench/', pathNot: TEST_CODE },
      to: { path: '/testing/', pathNot: TEST_CODE_OF_BENCH },
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
