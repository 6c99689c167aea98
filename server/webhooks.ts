import { createHmac } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobView } from './api-schemas.js';
import { FairPool } from './fair-pool.js';
import type { JobRecord } from './job-record.js';
import type { JobRegistry } from './job-registry.js';
import { viewOf } from './job-view.js';
import { WEBHOOKS } from './limits.js';
import { checkUrl, type AddressPolicy } from './security/address-guard.js';
import { requestGuarded } from './security/guarded-request.js';

/** Delays between attempts: long enough for a receiver to restart; deliveries are given up after ten minutes. */
const DEFAULT_WAITS_MS = [1_000, 10_000, 60_000, 500_000] as const;

export interface WebhookOptions {
  readonly policy: AddressPolicy;
  /** The webhook secret of a job's owner. */
  readonly secretOf: (owner: string) => string;
  readonly waitsMs?: readonly number[];
}

/**
 * `t=<seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`. The time is signed as well, so that receivers can refuse replayed
 * messages.
 */
export function signatureOf(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** The secret that signs the messages of one API key, so that a caller cannot forge the messages of another one. */
export function webhookSecret(serverSecret: string, owner: string): string {
  return createHmac('sha256', serverSecret).update(`webhook:${owner}`).digest('base64url');
}

/** Delivers the webhook of a settled job if it is pending, and stores whether the delivery succeeded. */
export async function deliverWebhook(record: JobRecord, registry: JobRegistry, webhooks: Webhooks): Promise<void> {
  if (record.webhook?.delivery !== 'pending') return;
  const accepted = await webhooks.deliver(record.webhook.url, record.owner, viewOf(record, []));
  const now = registry.find(record.id);
  // Another attempt has begun meanwhile; a message will be sent when it is settled.
  if (accepted === null || now?.webhook === null || now?.attempt !== record.attempt) return;
  await registry.updateQuietly({ ...now, webhook: { ...now.webhook, delivery: accepted ? 'delivered' : 'given-up' } });
}

/** Sends webhook messages, with a bounded number of attempts for each. */
export class Webhooks {
  private readonly pool = new FairPool(WEBHOOKS);
  private readonly closing = new AbortController();

  constructor(private readonly options: WebhookOptions) {
    // Each message that waits has a listener of its own, and thousands may wait.
    setMaxListeners(0, this.closing.signal);
  }

  /** @returns whether the receiver accepted the message; null when the server closed before that was known. */
  async deliver(url: string, owner: string, job: JobView): Promise<boolean | null> {
    const body = JSON.stringify({ type: `job.${job.state}`, job });
    for (const waitMs of [...(this.options.waitsMs ?? DEFAULT_WAITS_MS), null]) {
      const place = { caller: owner, peer: new URL(url).host };
      const accepted = await this.pool
        .run(place, this.closing.signal, async () => await this.send(url, owner, body))
        .catch(() => false);
      if (this.isClosed()) return null;
      if (accepted || waitMs === null) return accepted;
      await sleep(waitMs, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined);
      if (this.isClosed()) return null;
    }
    return false;
  }

  private isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  close(): void {
    this.closing.abort();
  }

  /** Sends one message. Redirects are not followed, because the signature was made for this receiver. */
  private async send(url: string, owner: string, body: string): Promise<boolean> {
    const { policy, secretOf } = this.options;
    const seconds = Math.floor(Date.now() / 1000);
    try {
      const answer = await requestGuarded(checkUrl(url, policy), policy, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-earsight-signature': signatureOf(secretOf(owner), seconds, body),
        },
        body,
        signal: this.closing.signal,
      });
      answer.destroy();
      return (answer.statusCode ?? 0) >= 200 && (answer.statusCode ?? 0) < 300;
    } catch {
      return false;
    }
  }
}
