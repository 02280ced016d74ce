// Counts requests per key in a sliding window, exactly: the time of each of the last `limit` requests is kept.

export class RateLimit {
  private readonly windows = new Map<string, { times: Float64Array; next: number }>();

  /** Milliseconds until the next request is allowed; 0 when this one is, and it is then counted. */
  take(key: string, limit: number, windowMs: number, now: number): number {
    if (limit === 0) return 0;
    let window = this.windows.get(key);
    if (window === undefined || window.times.length !== limit) this.windows.set(key, (window = { times: new Float64Array(limit).fill(-Infinity), next: 0 }));
    const oldest = window.times[window.next] as number;
    const wait = oldest + windowMs - now;
    if (wait > 0) return wait;
    window.times[window.next] = now;
    window.next = (window.next + 1) % limit;
    return 0;
  }

  clear(): void {
    this.windows.clear();
  }
}
