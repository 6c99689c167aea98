import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { entryUrl, processArguments } from '../models/runtime/entry.js';
import { DEVICES } from '../models/runtime/devices.js';
import { configurations, leftOut, type Configuration } from './temporal/configuration.js';
import type { Timing } from './temporal/timing.js';

/**
 * Temporal mixers at length: the native operator against chunked graphs, alone and as a six-layer parser, and softmax
 * attention. `node dist/bench/temporal.js --device webgpu --json temporal.json`. Inputs are made on the device.
 */
const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    json: { type: 'string' },
    what: { type: 'string', default: 'mixer,parser' },
    longest: { type: 'string', default: '65536' },
    /** Steps a chunk in the parser. */
    chunk: { type: 'string', default: '64' },
  },
});
const device = DEVICES.find((name) => name === values.device);
if (device === undefined) throw new TypeError(`--device is one of ${DEVICES.join(', ')}`);

/** A configuration that takes longer has hung or lost its device. */
const CONFIGURATION_TIMEOUT_MS = 120_000;

type Outcome = Configuration & ({ readonly timing: Timing } | { readonly missing: string });
const outcomes: Outcome[] = [];
console.log('what    form          batch  length   run ms  latency ms  ns/token  start ms');
for (const configuration of configurations(device, Number(values.chunk))) {
  if (!values.what.includes(configuration.what) || configuration.length > Number(values.longest)) continue;
  const outcome = await measured(configuration);
  outcomes.push(outcome);
  console.log(line(outcome));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(outcomes, null, 2)}\n`);
}

async function measured(configuration: Configuration): Promise<Outcome> {
  const reason = leftOut(configuration);
  if (reason !== null) return { ...configuration, missing: reason };
  const entry = entryUrl('./temporal/measure', import.meta.url);
  const child = spawn(process.execPath, [...processArguments(entry), JSON.stringify(configuration)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: CONFIGURATION_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code === 0) return { ...configuration, timing: JSON.parse(output) as Timing };
  const said = errors.split('\n').find((text) => /error|failed/i.test(text)) ?? `ended with ${code ?? 'a signal'}`;
  return { ...configuration, missing: said.slice(0, 200) };
}

function line(outcome: Outcome): string {
  const { what, form, batch, length } = outcome;
  const head = `${what.padEnd(7)} ${form.padEnd(13)} ${String(batch).padStart(5)} ${String(length).padStart(7)}`;
  if ('missing' in outcome) return `${head}  ${outcome.missing}`;
  const { runMs, latencyMs, startMs } = outcome.timing;
  const token = (runMs * 1e6) / (batch * length);
  return (
    `${head} ${runMs.toFixed(2).padStart(8)} ${latencyMs.toFixed(2).padStart(11)} ${token.toFixed(0).padStart(9)}` +
    ` ${startMs.toFixed(0).padStart(9)}`
  );
}
