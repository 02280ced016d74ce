import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { Pool, type Dispatcher } from 'undici';
import type { FaultReason } from './errors.js';

const gunzipBytes = promisify(gunzip);

export interface Exchange {
  readonly method: 'GET' | 'POST';
  /** Path and query, already encoded. */
  readonly path: string;
  readonly body?: { readonly bytes: Buffer; readonly contentType: string };
  readonly signal?: AbortSignal;
  /** Not a byte is written after this time (ms since the epoch). */
  readonly startByMs?: number;
  /** Called once, just before the first byte is written. */
  readonly onSent?: () => void;
}

/** A complete status line; the body may still be missing, cut or too long. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly date: string | null;
  /** The decoded text, or why there is none. */
  readonly body: { readonly text: string } | { readonly missing: 'connection' | 'timeout' | 'cancelled' | 'oversize' };
}

/** No answer at all. `sent` is false only when it is certain that not one byte left this process. */
export interface NoAnswer {
  readonly status: null;
  readonly sent: boolean;
  readonly reason: Extract<FaultReason, 'connection' | 'timeout' | 'cancelled'>;
}

export interface Transport {
  exchange(exchange: Exchange): Promise<Answer | NoAnswer>;
  close(): Promise<void>;
}

export interface TransportSettings {
  readonly origin: string;
  readonly prefix: string;
  readonly apiKey: string;
  /** Deadline of one exchange, from the call to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly maxConnections: number;
  /** Longest answer that is read, before and after unpacking. */
  readonly maxAnswerBytes: number;
}

/** One HTTP exchange at a time per connection, no redirects, no retries: what a failure means is decided by the caller. */
export function createTransport(settings: TransportSettings): Transport {
  const pool = new Pool(settings.origin, {
    connections: settings.maxConnections,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 30_000,
    connect: { timeout: Math.min(10_000, settings.timeoutMs) },
    // The exchange's own deadline below covers headers and body together, a slow trickle included.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 32 * 1024,
  });
  const dispatcher = pool.compose(announceStart);

  async function exchange(request: Exchange): Promise<Answer | NoAnswer> {
    const deadline = startDeadline(settings.timeoutMs, request.signal);
    let sent = false;
    try {
      if (deadline.signal.aborted) return { status: null, sent, reason: deadline.reason() };
      const options: AnnouncedOptions = {
        method: request.method,
        path: settings.prefix + request.path,
        headers: {
          'x-api-key': settings.apiKey,
          accept: 'application/vnd.api+json',
          ...(request.body && { 'content-type': request.body.contentType }),
        },
        body: request.body?.bytes ?? null,
        signal: deadline.signal,
        mayStart: () => {
          if (deadline.signal.aborted || Date.now() > (request.startByMs ?? Infinity)) return false;
          sent = true;
          request.onSent?.();
          return true;
        },
      };
      // undici notices an abort of a request that still waits for a connection only when it gets one: hence the race.
      const response = await deadline.race(dispatcher.request(options));
      return {
        status: response.statusCode,
        retryAfter: oneHeader(response.headers['retry-after']),
        date: oneHeader(response.headers['date']),
        body: await readBody(response.body, settings.maxAnswerBytes, deadline),
      };
    } catch {
      // The error itself is dropped on purpose: undici's errors can carry addresses, headers and parts of the answer.
      return { status: null, sent, reason: deadline.reason() };
    } finally {
      deadline.stop();
    }
  }

  return { exchange, close: () => pool.destroy() };
}

type AnnouncedOptions = Dispatcher.RequestOptions & { mayStart: () => boolean };

/**
 * Asks, when a request is about to be written to a socket, whether it still may: before that moment a failure is
 * certain to have changed nothing, and a request that was given up while it waited is never written. undici may start
 * a request again when it resets a connection for its own reasons; that is refused here, for a POST goes out once.
 */
export function announceStart(dispatch: Dispatcher['dispatch']): Dispatcher['dispatch'] {
  return (options, handler) => {
    const { mayStart, ...rest } = options as Dispatcher.DispatchOptions & { mayStart: () => boolean };
    let started = false;
    return dispatch(rest as Dispatcher.DispatchOptions, {
      onRequestStart(controller, context) {
        if (started || !mayStart()) {
          controller.abort(new Error('not sent'));
          return;
        }
        started = true;
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...parts) => handler.onRequestUpgrade?.(...parts),
      onResponseStart: (...parts) => handler.onResponseStart?.(...parts),
      onResponseData: (...parts) => handler.onResponseData?.(...parts),
      onResponseEnd: (...parts) => handler.onResponseEnd?.(...parts),
      onResponseError: (...parts) => handler.onResponseError?.(...parts),
    });
  };
}

interface Deadline {
  readonly signal: AbortSignal;
  reason(): 'connection' | 'timeout' | 'cancelled';
  /** The work's outcome, or a rejection at the deadline if that comes first. */
  race<T>(work: Promise<T>): Promise<T>;
  stop(): void;
}

/** Joins our deadline with the caller's signal by hand, so that a long-lived signal collects no listeners. */
function startDeadline(timeoutMs: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let why: 'connection' | 'timeout' | 'cancelled' = 'connection';
  const end = (cause: 'timeout' | 'cancelled') => () => {
    if (controller.signal.aborted) return;
    why = cause;
    controller.abort();
  };
  const cancel = end('cancelled');
  const timer = setTimeout(end('timeout'), timeoutMs);
  if (caller?.aborted) cancel();
  else caller?.addEventListener('abort', cancel, { once: true });
  return {
    signal: controller.signal,
    reason: () => why,
    race: (work) =>
      new Promise((resolve, reject) => {
        controller.signal.addEventListener('abort', () => reject(new Error('deadline')), { once: true });
        work.then(resolve, reject);
      }),
    stop: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', cancel);
    },
  };
}

async function readBody(
  stream: Dispatcher.ResponseData['body'],
  limit: number,
  deadline: Deadline,
): Promise<Answer['body']> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) return { missing: 'oversize' };
      chunks.push(chunk);
    }
  } catch {
    return { missing: deadline.reason() };
  }
  let bytes: Buffer = Buffer.concat(chunks, length);
  // Told by the bytes, not by the header: a proxy may unpack and keep the header, or the other way round.
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = await gunzipBytes(bytes, { maxOutputLength: limit });
    } catch (error) {
      const tooLong = error instanceof RangeError || (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      return { missing: tooLong ? 'oversize' : 'connection' };
    }
  }
  return { text: new TextDecoder('utf-8').decode(bytes) };
}

function oneHeader(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text.length > 100 ? null : text;
}
