import { BullMQOtel } from 'bullmq-otel';
import type { QueueOptions } from 'bullmq';
import { VERSION } from '../../core/version.js';

/** Whether the environment names a collector, through the standard variables of OpenTelemetry. */
export function isTraced(environment: NodeJS.ProcessEnv = process.env): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } = environment;
  const named = Boolean(OTEL_EXPORTER_OTLP_ENDPOINT) || Boolean(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
  return named && OTEL_SDK_DISABLED?.toLowerCase() !== 'true';
}

/** Telemetry options of a queue or a worker, whose spans continue from the submitter to the worker; none when tracing is off. */
export function tracing(): Pick<QueueOptions, 'telemetry'> {
  return isTraced() ? { telemetry: new BullMQOtel({ tracerName: 'earsight', version: VERSION }) } : {};
}

/**
 * Sends the spans of this process to the collector that the environment names (`OTEL_EXPORTER_OTLP_ENDPOINT`). Call it
 * once, before any work.
 * @returns a function that sends the remaining spans and stops; null when tracing is off
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
  // When the collector cannot be reached, spans are lost but the work does not fail.
  return async () => await provider.shutdown().catch(() => undefined);
}
