import type { PipeConsumer } from './process.js';

/** What `-progress pipe:1` says, block by block. */
export class ProgressReader {
  /** The last block said `progress=end`: ffmpeg came to its own end, which exit code 0 alone does not prove. */
  ended = false;

  private readonly counters = new Map<string, string>();

  /** @param onTime called with every new `out_time`, in seconds */
  constructor(private readonly onTime: (timeSec: number) => void) {}

  readonly consume: PipeConsumer = async (chunks, alive) => {
    let rest = '';
    for await (const chunk of chunks) {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = (lines.pop() ?? '').slice(-200);
      for (const line of lines) this.read(line, alive);
    }
  };

  /** Blocks come twice a second even when nothing moves: only a counter that changed is a sign of life. */
  private read(line: string, alive: () => void): void {
    if (line === 'progress=end') this.ended = true;
    const [, name, value] = /^(frame|total_size|out_time_us)=(\d+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || this.counters.get(name) === value) return;
    this.counters.set(name, value);
    alive();
    if (name === 'out_time_us') this.onTime(Number(value) / 1e6);
  }
}
