import type { FileHandle } from 'node:fs/promises';
import type { PipeConsumer } from '../ffmpeg/process.js';
import type { LoudnessReading } from '../media-reader.js';

/** The absolute gate of EBU R128: a programme that never rises above it has no integrated loudness. */
const ABSOLUTE_GATE_LUFS = -70;
const WRITE_CHARACTERS = 32 * 1024;

/** Reads what the filters `ebur128` and `ametadata` print, and writes one line of `loudness.jsonl` every 100 ms. */
export class LoudnessMeasurement {
  rows = 0;
  /** True when ffmpeg restarted the sound filters: their clock then begins at 0 again. */
  restarted = false;
  private latestSec = 0;
  /** The latest value of each name. Momentary and short-term loudness of digital silence are no numbers: null. */
  private readonly values = new Map<string, number | null>();
  private truePeak = 0;
  private timeSec: number | null = null;
  private pending = '';

  constructor(
    private readonly file: FileHandle,
    private readonly onTime: (timeSec: number) => void,
  ) {}

  get integratedLufs(): number | null {
    const value = this.values.get('I');
    return typeof value !== 'number' || value <= ABSOLUTE_GATE_LUFS ? null : value;
  }

  get rangeLu(): number | null {
    return this.integratedLufs === null ? null : (this.values.get('LRA') ?? null);
  }

  /** True peak (of the wave between the samples) in dB relative to full scale; null for digital silence. */
  get truePeakDbtp(): number | null {
    return this.truePeak > 0 ? Number((20 * Math.log10(this.truePeak)).toFixed(2)) : null;
  }

  readonly consume: PipeConsumer = async (chunks) => {
    let rest = '';
    for await (const chunk of chunks) {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = (lines.pop() ?? '').slice(-1000);
      for (const line of lines) this.read(line);
      if (this.pending.length > WRITE_CHARACTERS) await this.write();
    }
    this.finishReading();
    await this.write();
  };

  private read(line: string): void {
    const time = /^frame:\d+\s+pts:\S+\s+pts_time:(\S+)/.exec(line)?.[1];
    if (time !== undefined) {
      this.finishReading();
      this.timeSec = Number(time);
      if (this.timeSec < this.latestSec) this.restarted = true;
      this.latestSec = this.timeSec;
      this.onTime(this.timeSec);
      return;
    }
    const [, name, text] = /^lavfi\.r128\.([\w.]+)=(\S+)$/.exec(line) ?? [];
    const value = Number(text);
    if (name === undefined) return;
    if (!Number.isFinite(value)) {
      // ffmpeg prints `nan` or `-inf` for silence. The values of the whole programme stay as they were.
      if (name === 'M' || name === 'S') this.values.set(name, null);
    } else if (name.startsWith('true_peak')) this.truePeak = Math.max(this.truePeak, value);
    else this.values.set(name, value);
  }

  private finishReading(): void {
    const momentary = this.values.get('M');
    const shortTerm = this.values.get('S');
    if (this.timeSec === null || momentary === undefined || shortTerm === undefined) return;
    const reading: LoudnessReading = { timeSec: this.timeSec, momentary, shortTerm };
    this.pending += `${JSON.stringify(reading)}\n`;
    this.rows += 1;
    this.timeSec = null;
  }

  private async write(): Promise<void> {
    const text = this.pending;
    this.pending = '';
    await this.file.writeFile(text);
  }
}
