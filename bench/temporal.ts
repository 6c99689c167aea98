import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { entryUrl } from '../core/processes/entry.js';
import { DEVICES } from '../models/runtime/devices.js';
import { measureInChild, type ChildOutcome } from './measure-in-child.js';
import { configurations, skipReason, type Configuration } from './temporal/configuration.js';
import type { Timing } from './temporal/timing.js';

/**
 * Times temporal mixers on long sequences: the native operator, chunked graphs and softmax attention, alone and in a
 * six-layer parser. `node dist/bench/temporal.js --device webgpu --json temporal.json`. Inputs are created on the
 * device.
 */
const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    json: { type: 'string' },
    what: { type: 'string', default: 'mixer,parser' },
    longest: { type: 'string', default: '65536' },
    /** Steps per chunk in the parser. */
    chunk: { type: 'string', default: '64' },
  },
});
const device = DEVICES.find((name) => name === values.device);
if (device === undefined) throw new TypeError(`--device is one of ${DEVICES.join(', ')}`);

/** A measurement that takes longer has hung or lost its device. */
const CONFIGURATION_TIMEOUT_MS = 120_000;

type Outcome = Configuration & ChildOutcome<Timing>;
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
  const reason = skipReason(configuration);
  if (reason !== null) return { ...configuration, missing: reason };
  const entry = entryUrl('./temporal/measure', import.meta.url);
  return { ...configuration, ...(await measureInChild<Timing>(entry, configuration, CONFIGURATION_TIMEOUT_MS)) };
}

function line(outcome: Outcome): string {
  const { what, form, batch, length } = outcome;
  const head = `${what.padEnd(7)} ${form.padEnd(13)} ${String(batch).padStart(5)} ${String(length).padStart(7)}`;
  if ('missing' in outcome) return `${head}  ${outcome.missing}`;
  const { runMs, latencyMs, startMs } = outcome.measured;
  const token = (runMs * 1e6) / (batch * length);
  return (
    `${head} ${runMs.toFixed(2).padStart(8)} ${latencyMs.toFixed(2).padStart(11)} ${token.toFixed(0).padStart(9)}` +
    ` ${startMs.toFixed(0).padStart(9)}`
  );
}
