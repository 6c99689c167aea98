import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { sessionOptions } from './session-options.js';
import { DEVICES } from './devices.js';

/**
 * Runs as a process of its own, with the name of a device as its argument. Exits with 0 when that device itself, without a
 * fallback to the cpu, adds two numbers; otherwise prints the reason and exits with 1.
 */

/** `y = x + x` over float32[1], opset 17: 66 bytes of ONNX. */
const DOUBLE = 'CAg6OgoOCgF4CgF4EgF5IgNBZGQSBmRvdWJsZVoPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCAhAR';

async function probe(name: string): Promise<string | null> {
  const device = DEVICES.find((known) => known === name);
  if (!device) return `no such device: ${name}`;
  env.logLevel = 'fatal';
  const session = await InferenceSession.create(
    Buffer.from(DOUBLE, 'base64'),
    sessionOptions({ device, intraOpThreads: 1, wholeOnDevice: device !== 'cpu' }),
  );
  const output = await session.run({ x: new Tensor('float32', new Float32Array([21]), [1]) });
  const value: unknown = output['y']?.data[0];
  return value === 42 ? null : `it computed 21 + 21 = ${String(value)}`;
}

const reason = await probe(process.argv[2] ?? '').catch((error: unknown) => firstLine(error));
if (reason !== null) process.stdout.write(`${reason}\n`);
// Not process.exitCode: threads of a driver must not keep the child alive.
process.exit(reason === null ? 0 : 1);

/** Messages of ONNX Runtime begin with a source path and the signature of a function; the sentence ends the line. */
function firstLine(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return line.replace(/^.* was false\. /, '');
}
