import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { EarsightError } from '../../core/errors.js';
import { entryUrl, processArguments } from '../../core/processes/entry.js';

export const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
export type Device = (typeof DEVICES)[number];
export type DeviceRequest = Device | 'auto';

export interface DeviceReport {
  readonly device: Device;
  readonly usable: boolean;
  /** Whether `auto` may choose it. False for a Vulkan driver that computes on the cpu. */
  readonly preferred: boolean;
  readonly detail: string;
  /** How to make it usable; empty when it is. */
  readonly advice: string;
}

/**
 * A device that has not answered by then counts as missing: a broken driver hangs. The first start of a driver compiles its
 * shaders (6.9 s with Mesa's software Vulkan on a busy machine).
 */
const PROBE_TIMEOUT_MS = 30_000;

const ADVICE: Record<Device, string> = {
  cpu: '',
  webgpu:
    'Install a Vulkan driver and loader (NVIDIA: its driver and libvulkan1; AMD, Intel or software: ' +
    'mesa-vulkan-drivers 25 or newer).',
  cuda:
    'On Linux x64 with CUDA 12 and cuDNN 9: ' +
    '`ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --foreground-scripts`.',
};

/** Each device is probed once per process, because drivers do not change during a run. */
const probes = new Map<Device, Promise<string | null>>();

/**
 * Chooses a device. `auto` takes cuda, then webgpu if real graphics hardware is visible, then the cpu.
 * @throws EARSIGHT_DEVICE_MISSING for a device that was requested by name and does not compute here
 */
export async function resolveDevice(request: DeviceRequest): Promise<Device> {
  if (request === 'cpu') return 'cpu';
  if (request !== 'auto') {
    const reason = await failureOf(request);
    if (reason !== null) throw new EarsightError('EARSIGHT_DEVICE_MISSING', { device: request, reason });
    return request;
  }
  for (const device of ['cuda', 'webgpu'] as const)
    if (worthTrying(device) && (await failureOf(device)) === null) return device;
  return 'cpu';
}

/** Describes every device for `earsight doctor`: whether it is usable, why not, and how to make it usable. */
export async function describeDevices(): Promise<readonly DeviceReport[]> {
  const reports: DeviceReport[] = [
    { device: 'cpu', usable: true, preferred: true, detail: `${availableParallelism()} cores`, advice: '' },
  ];
  for (const device of ['webgpu', 'cuda'] as const) {
    const reason = await failureOf(device);
    const preferred = reason === null && worthTrying(device);
    const detail = reason ?? (preferred ? 'ready' : 'ready, but only through a software driver: `auto` takes the cpu');
    reports.push({
      device,
      usable: reason === null,
      preferred,
      detail,
      advice: reason === null ? '' : ADVICE[device],
    });
  }
  return reports;
}

/** A cheap check before the probe, so that `auto` costs nothing on a machine without a GPU. */
function worthTrying(device: 'webgpu' | 'cuda'): boolean {
  if (device === 'cuda') return existsSync(cudaLibrary());
  if (process.platform !== 'linux') return true;
  return (
    existsSync('/dev/nvidiactl') ||
    existsSync('/dev/dxg') ||
    (existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD')))
  );
}

function cudaLibrary(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  const folder = join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
  return join(
    folder,
    process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so',
  );
}

/** Returns null when the device computes, and the first line of its error otherwise. */
function failureOf(device: 'webgpu' | 'cuda'): Promise<string | null> {
  let probe = probes.get(device);
  if (!probe) {
    probe =
      device === 'cuda' && !worthTrying('cuda') ? Promise.resolve('its libraries are not installed') : runProbe(device);
    probes.set(device, probe);
  }
  return probe;
}

/** Probes a device in a child process, because a driver that crashes takes its process down. */
function runProbe(device: Device): Promise<string | null> {
  const entry = entryUrl('./device-probe', import.meta.url);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...processArguments(entry), device], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PROBE_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(null);
      else if (signal === 'SIGKILL') resolve(`it did not answer within ${PROBE_TIMEOUT_MS / 1000} s`);
      else resolve(output.trim() || `its driver ended the process (${signal ?? `exit code ${code ?? '?'}`})`);
    });
  });
}
