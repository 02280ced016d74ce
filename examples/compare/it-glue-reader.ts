import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch } from 'undici';

/** A record as IT Glue's API answers it. */
export interface ApiRecord {
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Records that came along with it (`include`), each with its id and attributes. */
  readonly included: readonly { readonly id: string; readonly attributes: Readonly<Record<string, unknown>> }[];
}

export interface ItGlueAddress {
  readonly url: string;
  readonly apiKey: string;
}

interface Answer {
  data: { id: string; attributes: Record<string, unknown> } | { id: string; attributes: Record<string, unknown> }[];
  included?: { id: string; attributes: Record<string, unknown> }[];
  meta?: { 'next-page'?: number | null };
}

const PAGE_SIZE = 500;
const MAX_PAGES = 200;

/** Reads IT Glue's own API with an API key: nothing of the product is in between. */
export class ItGlueReader {
  readonly #address: ItGlueAddress;

  constructor(address: ItGlueAddress) {
    this.#address = address;
  }

  /** All records of a list, page by page. `path` may carry a query. */
  async list(path: string): Promise<ApiRecord[]> {
    const records: ApiRecord[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const answer = await this.#get(`${path}${path.includes('?') ? '&' : '?'}page[size]=${PAGE_SIZE}&page[number]=${page}`);
      if (!Array.isArray(answer.data)) throw new Error(`IT Glue answered one record where a list was asked for: ${path}`);
      records.push(...answer.data.map((one) => ({ ...one, included: [] })));
      if (!answer.meta?.['next-page']) return records;
    }
    throw new Error(`IT Glue's list ${path} does not end after ${MAX_PAGES} pages`);
  }

  async show(path: string): Promise<ApiRecord> {
    const answer = await this.#get(path);
    if (Array.isArray(answer.data)) throw new Error(`IT Glue answered a list where one record was asked for: ${path}`);
    return { ...answer.data, included: answer.included ?? [] };
  }

  /** SHA-256 of the bytes at a download address, read as a stream. The address is signed: it needs no key. */
  async sha256(downloadUrl: string): Promise<string> {
    const response = await fetch(downloadUrl, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok || !response.body) throw new Error(`A file could not be downloaded from IT Glue: status ${response.status}`);
    const hash = createHash('sha256');
    for await (const chunk of response.body) hash.update(chunk as Uint8Array);
    return hash.digest('hex');
  }

  async #get(path: string): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(`${this.#address.url}${path}`, {
        headers: { 'x-api-key': this.#address.apiKey, 'content-type': 'application/vnd.api+json' },
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      if (response.ok) return parseWithLongIds(text);
      // The export before this may have used up the key's allowance: wait for the window to move on.
      if (response.status !== 429 || attempt === 30) throw new Error(`IT Glue answered ${response.status} to GET ${path.split('?')[0]}`);
      await sleep(Number(response.headers.get('retry-after') ?? '10') * 1_000);
    }
  }
}

/** Ids in attributes are numbers that may be longer than a double holds; as text they stay what they are. */
function parseWithLongIds(text: string): Answer {
  return JSON.parse(text.replace(/(-id":)(\d+)/g, '$1"$2"')) as Answer;
}
