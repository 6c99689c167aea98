import { BullMQOtel } from 'bullmq-otel';
import type { QueueOptions } from 'bullmq';
import { VERSION } from '../../core/version.js';

/** Whether the environment names a collector, in OpenTelemetry's own words. */
export function isTraced(environment: NodeJS.ProcessEnv = process.env): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } = environment;
  const named = Boolean(OTEL_EXPORTER_OTLP_ENDPOINT) || Boolean(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
  return named && OTEL_SDK_DISABLED?.toLowerCase() !== 'true';
}

/** For a queue or a worker: spans of its jobs, which go on from the submitter to whoever works; nothing where not asked. */
export function tracing(): Pick<QueueOptions, 'telemetry'> {
  return isTraced() ? { telemetry: new BullMQOtel({ tracerName: 'earsight', version: VERSION }) } : {};
}

/**
 * Sends the spans of this process to the collector that the environment names (`OTEL_EXPORTER_OTLP_ENDPOINT`). Call it
 * once, before any work.
 * @returns a function that sends the rest and stops; null where nothing was asked for
 */
export async function startTracing(): Promise<(() => Promise<void>) | null> {
  if (!isTraced()) return null;
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const name = process.env['OTEL_SERVICE_NAME'] ?? 'earsight';
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': name, 'service.version': VERSION }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  // A collector that is away costs the spans, not the work.
  return async () => await provider.shutdown().catch(() => undefined);
}
