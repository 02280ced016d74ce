// The last requests: verb, path, status, time and the key's label. Never queries, headers, bodies or secrets.

export interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** 0 when the connection was cut. */
  readonly status: number;
  readonly ms: number;
  readonly key: string | null;
  readonly fault: string | null;
}

const kept = 10_000;

export class RequestLog {
  private entries: LoggedRequest[] = [];
  /** All requests since the start or the last clear, also those no longer kept. */
  total = 0;

  add(entry: LoggedRequest): void {
    this.total += 1;
    this.entries.push(entry);
    // Cut in large steps, so that adding stays cheap.
    if (this.entries.length > kept * 2) this.entries = this.entries.slice(-kept);
  }

  list(limit = kept): readonly LoggedRequest[] {
    return this.entries.slice(-Math.min(limit, kept));
  }

  clear(): void {
    this.entries = [];
    this.total = 0;
  }
}
