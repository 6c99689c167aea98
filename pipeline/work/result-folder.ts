import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../../queues/engine.js';
import { EarsightError } from '../../core/errors.js';
import { eventsFileSchema } from '../../core/schemas/events.js';
import type { Artefact, Source } from '../../core/stage.js';
import type { ArtefactStore } from '../../core/store/artefact-store.js';
import { hashOf } from '../../core/store/canonical-json.js';
import { stampFile } from '../../core/store/source-identity.js';
import { publish } from './publish.js';
import { countBy } from '../../core/count-by.js';
import { hashOfGraph, type StageGraph } from './stage-graph.js';
import { isUpToDate, readVideoRecord, removeVideoRecord, writeVideoRecord, type VideoRecord } from './video-record.js';

/** The results of a video, and what is needed to check that they are still valid. */
export interface Results {
  /** The content that the results were made from. */
  readonly source: Source;
  /** Identifies the current content of the video's path. */
  readonly identify: () => Promise<Source>;
  readonly artefacts: () => Promise<ReadonlyMap<string, Artefact>>;
}

/** The output folder of a run: publishes the results of each video, with a record that the video is finished. */
export class ResultFolder {
  private readonly graphHash: string;

  /** @param records the store in the output folder, which keeps the records. */
  constructor(
    private readonly outputFolder: string,
    private readonly records: ArtefactStore,
    private readonly graph: StageGraph,
  ) {
    this.graphHash = hashOfGraph(graph);
  }

  /**
   * Publishes unless the record says that the results are up to date, so that a second process never removes results
   * that the user may already have opened.
   * @throws EarsightError EARSIGHT_INPUT_CHANGED when the file has changed since the results were made.
   */
  async publishOnce(job: Job, results: Results, signal: AbortSignal): Promise<void> {
    const publishing = async (): Promise<void> => {
      const record = await readVideoRecord(this.records, job.output);
      if (record === null || !(await isUpToDate(record, job.input, this.graphHash, this.outputFolder)))
        await this.publish(job, results);
    };
    await this.records.withLock(`publish-${hashOf(job.output)}`, publishing, signal);
  }

  /** Removes the record, so that the video is published again. The published files stay until they are replaced. */
  async forget(output: string): Promise<void> {
    await removeVideoRecord(this.records, output);
  }

  private async publish(job: Job, { source, identify, artefacts }: Results): Promise<void> {
    const stamp = await stampFile(job.input);
    const made = await artefacts();
    // Identified after the stamp was taken, so that the record never describes the results of another content.
    if ((await identify()).sha256 !== source.sha256)
      throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path: job.input });
    await removeVideoRecord(this.records, job.output);
    const files = await publish(this.records, this.graph, made, this.outputFolder, job.output);
    const record: VideoRecord = {
      schema: 1,
      input: job.input,
      output: job.output,
      stamp,
      sha256: source.sha256,
      graph: this.graphHash,
      ...(await readFindings(join(this.outputFolder, job.output, 'events.json'))),
      files,
    };
    await writeVideoRecord(this.records, record);
  }
}

type Findings = Pick<VideoRecord, 'durationSec' | 'device' | 'eventsPerLabel' | 'warningsPerCode'>;

/** Reads from `events.json` what the index and the summary report about a video. */
async function readFindings(path: string): Promise<Findings> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return { durationSec: null, device: null, eventsPerLabel: {}, warningsPerCode: {} };
  const file = eventsFileSchema.parse(JSON.parse(text));
  const eventsPerLabel = countBy(file.events.map((event) => event.label));
  const warningsPerCode = countBy(file.warnings.map(({ code }) => code));
  return { durationSec: file.source.durationSec, device: file.device, eventsPerLabel, warningsPerCode };
}
