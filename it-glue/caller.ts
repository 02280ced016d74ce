import { setTimeout as sleep } from 'node:timers/promises';
import { ItGlueError, type FaultReason, type ItGlueProblem } from './errors.js';
import { parseLossless } from './lossless-json.js';
import { PaceTimeout, type Pace } from './pace/pace.js';
import { createPauses, readRetryAfter } from './rate-limit.js';
import { readRefusal } from './refusal.js';
import type { createServerClock } from './server-clock.js';
import type { Answer, NoAnswer, Transport } from './transport.js';
import type { Route } from './routes.js';

export interface ReadCall<T> extends CallBase {
  readonly query?: readonly (readonly [string, string])[];
  /** Faults after which the caller can ask for less: tried twice only. Others are tried four times. */
  readonly curedByLess?: readonly FaultReason[];
  /** @throws UnreadableAnswer when the answer is not what the route promises. */
  readonly check: (answer: unknown) => T;
}

export interface WriteCall<T> extends CallBase {
  readonly body: { readonly bytes: Buffer; readonly contentType: string };
  /** How many records the body holds. */
  readonly records: number;
  /** Ends its wait for the rate limit, but not the request once it has left. */
  readonly patience?: AbortSignal;
  /** Awaited each time before the request is sent, and again after a long wait for its turn; what it throws is thrown on, and nothing is sent. */
  readonly beforeSend?: () => Promise<void>;
  /** Awaited after that, where only so many may be under way at a time. What it gives is called when the request has ended. */
  readonly turn?: () => Promise<() => void>;
  readonly check: (answer: unknown) => T;
}

interface CallBase {
  readonly route: Route;
  readonly signal?: AbortSignal;
}

/** One line per request that was sent. Holds the route's template only: no ids, no names, no bodies. */
export interface RequestReport {
  readonly method: 'GET' | 'POST';
  readonly route: string;
  /** null when no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
}

export interface CallerSettings {
  readonly transport: Transport;
  readonly pace: Pace;
  readonly clock: ReturnType<typeof createServerClock>;
  /** After this no further attempt of a read is started. */
  readonly readDeadlineMs: number;
  /** How often one call waits after a 429 before it gives up with `rateLimited`. */
  readonly maxRateLimitWaits: number;
  /** Pause after a 429 that names none; doubled for each further one in a row, up to five minutes. */
  readonly pauseWithoutRetryAfterMs: number;
  readonly onRequest?: (report: RequestReport) => void;
}

/** Longest request body that is sent. The documented limit is 10 MB; which megabyte is not said, so the smaller. */
export const MAX_BODY_BYTES = 10_000_000;

const READ_ATTEMPTS = 4;
const BACKOFF_BASE_MS = 250;

/**
 * After `beforeSend` a write must leave within this time or not at all: a process that stood still in between (a frozen
 * virtual machine) must not send on the word of a moment that is long past.
 */
const START_WITHIN_MS = 15_000;
/** A write that waited longer than this for its turn asks `beforeSend` again. */
const WORD_HOLDS_MS = 2_000;

/**
 * Sends calls through the pace and turns every answer into a result or an ItGlueError. Reads are repeated here (they
 * change nothing); a write is never repeated, except after a 429, which says that it was not carried out.
 */
export interface Caller {
  read<T>(call: ReadCall<T>): Promise<T>;
  write<T>(call: WriteCall<T>): Promise<T>;
  /** Requests that left this process, by `METHOD /route/:template`. */
  requestsSent(): Record<string, number>;
}

export function createCaller(settings: CallerSettings): Caller {
  const counts = new Map<string, number>();
  const pauses = createPauses(settings.pauseWithoutRetryAfterMs);

  async function read<T>(call: ReadCall<T>): Promise<T> {
    const lastStartMs = performance.now() + settings.readDeadlineMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send('GET', call);
      } catch (error) {
        if (!(error instanceof ItGlueError) || !mayPass(error)) throw error;
        const isCuredByLess = !error.isStrayPage && call.curedByLess?.includes(error.place.reason);
        if (attempt >= (isCuredByLess ? 2 : READ_ATTEMPTS)) throw error;
        if (performance.now() > lastStartMs) throw error;
        // Full jitter: workers that failed together must not come back together.
        await pause(BACKOFF_BASE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()), call.signal);
      }
    }
  }

  async function write<T>(call: WriteCall<T>): Promise<T> {
    if (call.body.bytes.length > MAX_BODY_BYTES) {
      throw problem({ kind: 'tooLarge' }, 'POST', call, null, 'limit');
    }
    return send('POST', call);
  }

  async function send<T>(method: 'GET' | 'POST', call: ReadCall<T> | WriteCall<T>): Promise<T> {
    for (let waits = 0; ; waits += 1) {
      await takePace(method, call);
      const { askedMs, leave } = 'body' in call ? await announce(call) : { askedMs: Date.now(), leave: none };
      const startedMs = performance.now();
      const answer = await exchange(method, call, askedMs + START_WITHIN_MS).finally(leave);
      if (answer.status !== 429) {
        if (answer.status !== null) pauses.answered(startedMs);
        return judge(method, call, answer);
      }
      const asked = readRetryAfter(answer);
      await settings.pace.penalise(Date.now() + pauses.next(asked, startedMs)).catch(() => undefined);
      if (waits >= settings.maxRateLimitWaits) {
        throw problem({ kind: 'rateLimited', retryAfterMs: asked }, method, call, 429, 'refused');
      }
    }
  }

  /** Has a write noted, then waits for its turn: the one happens while others still have theirs. */
  async function announce<T>(call: WriteCall<T>): Promise<{ askedMs: number; leave: () => void }> {
    const askedMs = Date.now();
    await call.beforeSend?.();
    const leave = (await call.turn?.()) ?? none;
    if (Date.now() - askedMs <= WORD_HOLDS_MS) return { askedMs, leave };
    try {
      const againMs = Date.now();
      await call.beforeSend?.();
      return { askedMs: againMs, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  async function takePace<T>(method: 'GET' | 'POST', call: ReadCall<T> | WriteCall<T>): Promise<void> {
    const patience = 'body' in call ? call.patience : undefined;
    try {
      const ends = [call.signal, patience].filter((signal) => signal !== undefined);
      await settings.pace.take(ends.length > 1 ? AbortSignal.any(ends) : ends[0]);
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      if (patience?.aborted) throw patience.reason;
      if (error instanceof PaceTimeout) {
        throw problem({ kind: 'rateLimited', retryAfterMs: error.waitMs }, method, call, null, 'pacing');
      }
      throw problem({ kind: 'busy' }, method, call, null, 'pacing');
    }
  }

  async function exchange<T>(method: 'GET' | 'POST', call: ReadCall<T> | WriteCall<T>, startByMs: number): Promise<Answer | NoAnswer> {
    const name = `${method} ${call.route.template}`;
    const startedMs = Date.now();
    let sentMs: number | null = null;
    const answer = await settings.transport.exchange({
      method,
      path: call.route.path + encodeQuery('query' in call ? call.query : undefined),
      ...('body' in call && { body: call.body, startByMs }),
      ...(call.signal && { signal: call.signal }),
      onSent: () => {
        sentMs = Date.now();
        counts.set(name, (counts.get(name) ?? 0) + 1);
      },
    });
    if (sentMs !== null) {
      const now = Date.now();
      if (answer.status !== null) settings.clock.observe(answer.date, sentMs, now);
      try {
        settings.onRequest?.({ method, route: call.route.template, status: answer.status, durationMs: now - startedMs });
      } catch {
        // A listener's fault must not turn a record that was created into a failure.
      }
    }
    return answer;
  }

  return { read, write, requestsSent: () => Object.fromEntries(counts) };
}

const none = (): void => undefined;

function mayPass(error: ItGlueError): boolean {
  return (error.kind === 'busy' && error.place.reason !== 'pacing') || error.isStrayPage;
}

function judge<T>(method: 'GET' | 'POST', call: ReadCall<T> | WriteCall<T>, answer: Answer | NoAnswer): T {
  const isWrite = method === 'POST';
  // A write that may have reached the server is of unknown outcome; everything else may simply be repeated.
  const unsure: ItGlueProblem = isWrite ? { kind: 'unknownOutcome' } : { kind: 'busy' };
  const fail = (why: ItGlueProblem, reason: FaultReason) => problem(why, method, call, answer.status, reason);

  if (answer.status === null) {
    // A caller that gave up gets its own reason back, unless a write may have gone through: that it must be told.
    if (answer.reason === 'cancelled' && !(isWrite && answer.sent)) throw call.signal?.reason ?? new Error('cancelled');
    throw fail(answer.sent ? unsure : { kind: 'busy' }, answer.reason);
  }
  const { status } = answer;
  if (status >= 500 || status === 408) throw fail(unsure, 'serverError');
  if (status >= 400) {
    const body = parsed(answer);
    throw fail(refusalOf(status, body), body === undefined ? 'unreadable' : 'refused');
  }
  if (status >= 300 || status < 200) throw fail(unsure, 'redirect');
  if ('missing' in answer.body) {
    const reason = answer.body.missing;
    if (reason === 'cancelled' && !isWrite) throw call.signal?.reason ?? new Error('cancelled');
    throw fail(unsure, reason);
  }
  try {
    return call.check(parseLossless(answer.body.text.replace(/^\uFEFF/, '')));
  } catch {
    // Whatever is wrong with the answer, after a write it means only that the effect is not known.
    throw fail(unsure, 'unreadable');
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal && { signal });
  } catch {
    throw signal?.reason ?? new Error('cancelled');
  }
}

/** What a 4xx means. Its body may be JSON:API errors, `{message}`, HTML, or cut off: the status alone must do. */
function refusalOf(status: number, body: unknown): ItGlueProblem {
  const fields = readRefusal(body);
  if (status === 401 || status === 403) {
    // The gateway in front knows keys and says `{message}`; the application behind it knows ids and says `{errors}`.
    const fromGateway = typeof body === 'object' && body !== null && 'message' in body && !('errors' in body);
    return fromGateway ? { kind: 'badKey' } : { kind: 'noAccess', fields };
  }
  // These say that nobody has looked at the request yet.
  if (status === 407 || status === 421 || status === 425) return { kind: 'busy' };
  if (status === 404 || status === 410) return { kind: 'notFound' };
  if (status === 413 || status === 414 || status === 431) return { kind: 'tooLarge' };
  return { kind: 'invalid', fields };
}

function parsed(answer: Answer): unknown {
  if ('missing' in answer.body) return undefined;
  try {
    return parseLossless(answer.body.text);
  } catch {
    return undefined;
  }
}

function problem(
  what: ItGlueProblem,
  method: 'GET' | 'POST',
  call: CallBase & { readonly records?: number },
  status: number | null,
  reason: FaultReason,
): ItGlueError {
  return new ItGlueError(what, { method, route: call.route.template, status, reason, records: call.records ?? 0 });
}

function encodeQuery(query: readonly (readonly [string, string])[] | undefined): string {
  if (query === undefined || query.length === 0) return '';
  return `?${query.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')}`;
}
