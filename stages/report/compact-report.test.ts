import { describe, expect, it } from 'vitest';
import type { EventsFile, VideoEvent } from '../../core/schemas/events.js';
import { compactReport } from './compact-report.js';
import type { ReportInput } from './report-input.js';
import type { ScoreLane } from './score-lanes.js';

function inputOf(events: VideoEvent[], lanes: ScoreLane[], peaks: number[] = []): ReportInput {
  const file: EventsFile = {
    schema: 1,
    source: { path: 'C:\\films\\a.mp4', sha256: '', bytes: 1, durationSec: 7200 },
    grid: { segmentSec: 1, count: 7200 },
    frameMode: 'all',
    device: null,
    labels: ['Dog'],
    uncovered: [],
    models: [],
    events,
    warnings: [],
  };
  const audio = { integratedLufs: null, loudnessRangeLu: null, truePeakDbtp: null, segmentLufs: [], onsetsSec: [] };
  return {
    file,
    words: null,
    lanes,
    shots: [],
    objects: { schema: 1, models: [], tracks: [] },
    thumbnails: { urls: [], ofShot: new Map() },
    transcript: { schema: 1, model: null, keepDoubtful: false, listened: [], utterances: [] },
    scores: { schema: 1, scores: [], faults: { silent: [], clipped: [], black: [], frozen: [], flickering: [] } },
    audio: { schema: 1, ...audio, silences: [], speech: null, waveform: { binSec: 0.01, peaks } },
  };
}

function lane(label: string, best: number): ScoreLane {
  return { label, modality: 0, bytes: new Uint8Array(7200).fill(best) };
}

describe('compactReport', () => {
  it('keeps the rows with events and with the highest scores of a very long label list, and names what is left out', () => {
    const event: VideoEvent = { modality: 'audio', label: 'Quiet', startSec: 0, endSec: 1, confidence: 0.5 };
    const lanes = [...Array.from({ length: 400 }, (_, at) => lane(`L${at}`, at % 250)), lane('Quiet', 1)];
    const { data, leftOut } = compactReport(inputOf([event], lanes));
    const kept = data.lanes.map(([label]) => data.labels[label]);
    expect(data.scores.length).toBeLessThanOrEqual(2_000_000);
    expect(kept[0]).toBe('Quiet');
    expect(kept).toContain('L249');
    expect(kept).not.toContain('L0');
    expect(leftOut).toEqual([`${401 - kept.length} rows of scores (all are in segments.jsonl)`]);
  });

  it('keeps the most confident of too many events, in order of time', () => {
    const events = Array.from({ length: 20_010 }, (_, at): VideoEvent => ({
      modality: 'visual',
      label: 'Dog',
      startSec: at,
      endSec: at + 1,
      confidence: at < 10 ? 0.1 : 0.9,
    }));
    const { data, leftOut } = compactReport(inputOf(events, []));
    expect(data.events).toHaveLength(20_000);
    expect(data.events[0]).toEqual([1, 0, 10, 11, 0.9]);
    expect(leftOut).toEqual(['10 least certain events (all are in events.json)']);
  });

  it('merges waveform bins without losing a peak', () => {
    const peaks = new Array<number>(720_000).fill(0);
    peaks[719_999] = 1;
    const { sound } = compactReport(inputOf([], [], peaks)).data;
    const bytes = Buffer.from(sound?.peaks ?? '', 'base64');
    expect(sound?.binSec).toBeCloseTo(0.1, 9);
    expect([bytes.length, bytes.at(-1), bytes.at(-2)]).toEqual([72_000, 255, 0]);
  });

  it('takes the file name from a Windows path', () => {
    expect(compactReport(inputOf([], [])).data.fileName).toBe('a.mp4');
  });
});
