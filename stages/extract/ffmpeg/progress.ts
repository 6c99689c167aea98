import type { PipeConsumer } from './process.js';

/** Reads the output of `-progress pipe:1`, block by block. */
export class ProgressReader {
  /** True after `progress=end`: ffmpeg reached the end of its input, which exit code 0 alone does not prove. */
  ended = false;

  private readonly counters = new Map<string, string>();

  /** @param onTime called with every new `out_time`, in seconds */
  constructor(private readonly onTime: (timeSec: number) => void) {}

  readonly consume: PipeConsumer = async (chunks, reportActivity) => {
    let rest = '';
    for await (const chunk of chunks) {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = (lines.pop() ?? '').slice(-200);
      for (const line of lines) this.read(line, reportActivity);
    }
  };

  /** Blocks come twice a second even when nothing advances, so only a counter that changed counts as activity. */
  private read(line: string, reportActivity: () => void): void {
    if (line === 'progress=end') this.ended = true;
    const [, name, value] = /^(frame|total_size|out_time_us)=(\d+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || this.counters.get(name) === value) return;
    this.counters.set(name, value);
    reportActivity();
    if (name === 'out_time_us') this.onTime(Number(value) / 1e6);
  }
}
