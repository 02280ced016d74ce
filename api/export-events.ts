import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientKey, ExportSnapshot } from '../store/index.js';
import { Problem } from './problem.js';

/** How often the database is asked, and how often a silent stream says that it is alive, in ms. */
const usualTiming = { pollMs: 500, heartbeatMs: 15_000 };
/** Streams of one tenant that this process keeps open at a time. */
export const streamsPerTenant = 20;
/** A stream ends after this long, so that whoever reads on has to show again that they may. */
const longestMs = 15 * 60_000;

export interface ProgressStream {
  readonly client: ClientKey;
  /** What was read when the stream was asked for. */
  readonly now: ExportSnapshot;
  /** The version that the reader saw last, or null. */
  readonly seen: number | null;
  /** Whether the reader still may; asked again with each sign of life. */
  readonly stillMay: () => Promise<boolean>;
  /** An event's data. */
  readonly show: (snapshot: ExportSnapshot) => object;
}

/**
 * Server-sent events on the progress of exports. All streams of one client share one reading of the database, so a tenth
 * reader costs nothing. Each event holds the whole progress; its id is the progress version.
 */
export class ExportEvents {
  readonly #open = new Map<string, number>();
  readonly #readings = new Map<string, { at: number; snapshot: Promise<ExportSnapshot> }>();
  readonly #closing = new AbortController();

  constructor(
    readonly read: (client: ClientKey) => Promise<ExportSnapshot>,
    readonly timing = usualTiming,
  ) {
    // Every stream listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  /** @throws {Problem} 429 when the tenant has too many streams open */
  stream(options: ProgressStream): Readable {
    const { tenantId } = options.client;
    const open = this.#open.get(tenantId) ?? 0;
    if (open >= streamsPerTenant) throw new Problem('too_many_requests', `At most ${streamsPerTenant} progress streams at a time`, { retryAfter: 5 });
    this.#open.set(tenantId, open + 1);
    const stream = Readable.from(this.#events(options), { objectMode: false });
    stream.once('close', () => {
      const left = this.#open.get(tenantId)! - 1;
      if (left > 0) this.#open.set(tenantId, left);
      else this.#open.delete(tenantId);
    });
    return stream;
  }

  /** Ends all streams; readers come back to another process. */
  close(): void {
    this.#closing.abort();
  }

  async *#events({ client, now, seen, show, stillMay }: ProgressStream): AsyncGenerator<string> {
    const until = Date.now() + longestMs;
    let sent = seen;
    let spokeAt = Date.now();
    let askedAt = spokeAt;
    // How soon a reader whose stream broke comes back.
    yield 'retry: 2000\n\n';
    for (let snapshot = now; ; snapshot = await this.#snapshot(client)) {
      const settled = snapshot.run.state !== 'running';
      if (snapshot.version !== sent) {
        sent = snapshot.version;
        spokeAt = Date.now();
        yield `event: ${settled ? 'settled' : 'progress'}\nid: ${sent}\ndata: ${JSON.stringify(show(snapshot))}\n\n`;
      }
      if (settled || Date.now() > until) return;
      if (Date.now() - askedAt >= this.timing.heartbeatMs) {
        if (!(await stillMay())) return;
        askedAt = Date.now();
      }
      if (Date.now() - spokeAt >= this.timing.heartbeatMs) {
        spokeAt = Date.now();
        yield ': still running\n\n';
      }
      try {
        await sleep(this.timing.pollMs, undefined, { signal: this.#closing.signal });
      } catch {
        return;
      }
    }
  }

  #snapshot(client: ClientKey): Promise<ExportSnapshot> {
    const known = this.#readings.get(client.clientId);
    if (known && Date.now() - known.at < this.timing.pollMs * 0.8) return known.snapshot;
    const reading = { at: Date.now(), snapshot: this.read(client) };
    this.#readings.set(client.clientId, reading);
    setTimeout(() => {
      if (this.#readings.get(client.clientId) === reading) this.#readings.delete(client.clientId);
    }, 2 * this.timing.pollMs).unref();
    return reading.snapshot;
  }
}
