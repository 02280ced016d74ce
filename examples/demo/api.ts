import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch, type BodyInit, type Response } from 'undici';

/** What the API answered when it refused: `application/problem+json`. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly status: number,
    readonly code: string,
    what: string,
    detail: string,
    readonly errors: readonly { field?: string; message?: string }[],
  ) {
    const first = errors.slice(0, 5).map((error) => `${error.field ?? 'record'}: ${error.message ?? 'refused'}`);
    super([`${what} was refused (${status} ${code})${detail ? `: ${detail}` : ''}`, ...first].join('\n      '));
  }
}

export interface Sending {
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly json?: unknown;
  /** A body of bytes; made anew for each try, so that it can be a stream. */
  readonly bytes?: { readonly contentType: string; readonly open: () => BodyInit };
  /** Headers of its own, such as If-Match. */
  readonly headers?: Readonly<Record<string, string>>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** How long a call goes on when the API or its worker is away, as after a restart. */
const PATIENCE_MS = 120_000;
const TRY_MS = 60_000;

/** One person's view of the REST API: each call carries their token. */
export class Session {
  constructor(
    readonly baseUrl: string,
    private readonly token: string,
    /** Told once for each call that has to wait for the API or a worker. */
    private readonly onAbsence: (message: string) => void = () => undefined,
    /** Headers of every call. */
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  get = <T>(path: string, query?: Sending['query']) => this.#json<T>('GET', path, query ? { query } : {});
  post = <T>(path: string, json: unknown = {}) => this.#json<T>('POST', path, { json });
  put = <T>(path: string, json: unknown) => this.#json<T>('PUT', path, { json });
  send = <T>(method: Method, path: string, sending: Sending) => this.#json<T>(method, path, sending);

  /** The answer as it comes, for downloads. The caller reads or cancels its body. */
  async open(path: string, query?: Sending['query']): Promise<Response> {
    return this.#answer('GET', path, query ? { query } : {});
  }

  /** The status alone, also when it is an error. */
  async status(path: string): Promise<number> {
    try {
      const answer = await this.open(path);
      await answer.body?.cancel();
      return answer.status;
    } catch (error) {
      if (error instanceof ApiProblem) return error.status;
      throw error;
    }
  }

  async #json<T>(method: Method, path: string, sending: Sending): Promise<T> {
    const answer = await this.#answer(method, path, sending);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  /**
   * Sends until there is an answer other than 503 or 429, and that its earlier try is still running. A repeated POST carries the same idempotency key, so the API does
   * it once; a repeated PUT says the same thing again.
   */
  async #answer(method: Method, path: string, sending: Sending): Promise<Response> {
    const url = new URL(`${this.baseUrl}/v1${path}`);
    for (const [name, value] of Object.entries(sending.query ?? {})) url.searchParams.set(name, String(value));
    const headers: Record<string, string> = { authorization: `Bearer ${this.token}`, ...this.headers, ...sending.headers };
    if (method === 'POST') headers['idempotency-key'] = randomUUID();
    if (sending.bytes) headers['content-type'] = sending.bytes.contentType;
    else if (sending.json !== undefined) headers['content-type'] = 'application/json';

    const deadline = Date.now() + PATIENCE_MS;
    for (let attempt = 1; ; attempt += 1) {
      let reason: string;
      try {
        const body = sending.bytes ? sending.bytes.open() : sending.json === undefined ? null : JSON.stringify(sending.json);
        const answer = await fetch(url, { method, headers, body, duplex: 'half', signal: AbortSignal.timeout(TRY_MS) });
        if (answer.ok) return answer;
        const problem = await problemOf(answer, `${method} /v1${path}`);
        // An API that was killed in the middle of a request holds its key for a minute.
        const isHeld = problem.code === 'request_running' && attempt > 1;
        if (problem.status !== 503 && problem.status !== 429 && !isHeld) throw problem;
        reason = isHeld ? 'an earlier try is still running (409)' : problem.status === 503 ? 'no worker answers (503)' : 'too many requests (429)';
        if (Date.now() > deadline) throw problem;
        await sleep(Math.min(5, Number(answer.headers.get('retry-after') ?? '1')) * 1_000);
      } catch (error) {
        if (error instanceof ApiProblem) throw error;
        reason = 'the API does not answer';
        if (Date.now() > deadline) throw new Error(`${method} /v1${path}: ${reason} for ${PATIENCE_MS / 1_000} s`, { cause: error });
        await sleep(500);
      }
      if (attempt === 1) this.onAbsence(`waiting: ${reason}`);
    }
  }
}

async function problemOf(answer: Response, what: string): Promise<ApiProblem> {
  const body = (await answer.json().catch(() => ({}))) as { code?: string; title?: string; detail?: string; errors?: { field?: string; message?: string }[] };
  return new ApiProblem(answer.status, body.code ?? 'unknown', what, body.detail ?? body.title ?? '', body.errors ?? []);
}
