import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPacks } from '../models/packs/load-packs.js';
import type { LoadedPacks } from '../models/packs/loaded-packs.js';
import { resolvePacks } from '../models/packs/resolve-packs.js';
import { InferencePool } from '../models/runtime/inference-pool.js';
import { eventsFileSchema, segmentRowSchema, type EventsFile, type SegmentRow } from '../core/schemas/events.js';
import { Artefact, selectInputs, type Stage } from '../core/stage.js';
import { encodeStage } from '../stages/encode/encode-stage.js';
import { extractParamsSchema } from '../stages/extract/params.js';
import { extractStage } from '../stages/extract/extract-stage.js';
import { parseLabelList } from '../stages/label/label-set.js';
import { labelParamsSchema, labelStage } from '../stages/label/label-stage.js';
import { parseParamsSchema, parseStage } from '../stages/parse/parse-stage.js';
import type { StageServices } from '../stages/services.js';
import { shotsParamsSchema, shotsStage } from '../stages/shots/shots-stage.js';
import { PREVIEW_GEOMETRY } from '../stages/shots/write-key-frame.js';
import { trackStage } from '../stages/track/track-stage.js';

/** Open sessions of a pack, for tests that run many files through the stages up to `parse`. */
export interface Watcher {
  readonly packs: LoadedPacks;
  /**
   * Runs one file through all stages up to its events.
   * @param list a label list as a user writes it; the classes of LLP by default
   */
  watch(path: string, list?: string): Promise<Watched>;
  close(): Promise<void>;
}

export interface Watched {
  readonly events: EventsFile;
  readonly rows: readonly SegmentRow[];
}

/** @param soundOnly leave out the networks for pictures */
export async function openWatcher(packPath: string, soundOnly = false): Promise<Watcher> {
  const work = await mkdtemp(join(tmpdir(), 'earsight-watch-'));
  const pool = await InferencePool.open({ device: 'cpu', threads: 2 });
  const resolved = await resolvePacks([packPath], { cacheDir: join(work, 'cache') });
  const loaded = await loadPacks(resolved, pool);
  const packs = soundOnly ? { ...loaded, frames: [], detectors: [], geometries: [] } : loaded;
  const services: StageServices = { packs: () => Promise.resolve(packs), cacheFolder: join(work, 'cache') };
  return {
    packs,
    async watch(path, list) {
      const folder = await mkdtemp(join(work, 'clip-'));
      const made = new Map<string, Artefact>();
      const run = async <P, I extends string>(stage: Stage<P, StageServices, I>, params: P): Promise<Artefact> => {
        const own = join(folder, stage.name);
        await mkdir(own);
        await stage.run({
          source: { path, sha256: '0'.repeat(64), bytes: 0 },
          sourceFile: () => Promise.resolve(path),
          params,
          inputs: selectInputs(stage, made),
          folder: own,
          services,
          signal: new AbortController().signal,
          progress: () => undefined,
          warn: () => undefined,
        });
        const artefact = new Artefact({ key: stage.name, stage: stage.name, folder: own });
        made.set(stage.name, artefact);
        return artefact;
      };
      try {
        const geometries = [PREVIEW_GEOMETRY, ...packs.geometries].map((geometry) => ({ ...geometry }));
        const rates = packs.sounds.map(({ sampleRateHz }) => sampleRateHz);
        await run(extractStage, extractParamsSchema.parse({ geometries, sampleRatesHz: [...new Set(rates)] }));
        await run(shotsStage, shotsParamsSchema.parse({}));
        // `parse` takes the warnings of `sound`, of which this watcher has none.
        made.set('sound', new Artefact({ key: 'sound', stage: 'sound', folder }));
        await run(encodeStage, {});
        await run(trackStage, {});
        const labels = list === undefined ? undefined : parseLabelList(list, 'list');
        const label = await run(labelStage, labelParamsSchema.parse({ labels }));
        const parse = await run(parseStage, parseParamsSchema.parse({}));
        const lines = (await readFile(join(label.folder, 'segments.jsonl'), 'utf8')).trim().split('\n');
        return {
          events: await parse.json('events.json', eventsFileSchema),
          rows: lines.filter((line) => line !== '').map((line) => segmentRowSchema.parse(JSON.parse(line))),
        };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async close() {
      await pool.close();
      await rm(work, { recursive: true, force: true });
    },
  };
}

/** The labels of the events of one modality, each once. */
export function labelsIn(events: EventsFile, modality: SegmentRow['modality']): readonly string[] {
  return [...new Set(events.events.filter((event) => event.modality === modality).map((event) => event.label))];
}
