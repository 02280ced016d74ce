import type { Caller } from './caller.js';
import { readMany, readPageFacts, UnreadableAnswer, type AttributeReader, type ItGlueRecord } from './envelope.js';
import { ItGlueError, type FaultReason } from './errors.js';
import type { Route } from './routes.js';

export interface ListOptions {
  readonly signal?: AbortSignal;
}

interface Listing<Attributes> {
  readonly route: Route;
  readonly reader: AttributeReader<Attributes>;
  readonly sort: string;
  readonly filter?: readonly (readonly [string, string])[];
  readonly signal?: AbortSignal;
}

/** Documented maximum first; smaller ones when the server does not manage it. Each divides the one before. */
const PAGE_SIZES = [1000, 250, 50] as const;
/** A smaller page may come through where a large one does not; a broken connection is no matter of size. */
const CURED_BY_SMALLER_PAGES: readonly FaultReason[] = ['timeout', 'serverError', 'oversize', 'unreadable'];
const MAX_PAGES = 1_000;
const MAX_PASSES = 3;

/**
 * All records of a list, each once, in the order of `sort`.
 *
 * IT Glue pages by offset without a snapshot: a record that is created or deleted meanwhile shifts the pages, and one
 * may fall between two of them. So the count is compared with what every page's `meta` told, and a listing that does
 * not add up is read again; it is accepted when two readings in a row agree (the count itself may be what is wrong).
 * @throws ItGlueError: `tooLarge` beyond 1,000 pages, `busy` when the list does not hold still.
 */
export async function listAll<Attributes>(caller: Caller, listing: Listing<Attributes>): Promise<ItGlueRecord<Attributes>[]> {
  let before: string | null = null;
  for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
    const { records, totals } = await readThrough(caller, listing);
    if (totals.every((total) => total === records.length)) return records;
    const ids = records.map((record) => record.id).join();
    if (ids === before) return records;
    before = ids;
  }
  throw listingError(listing.route, 'busy');
}

async function readThrough<Attributes>(
  caller: Caller,
  listing: Listing<Attributes>,
): Promise<{ records: ItGlueRecord<Attributes>[]; totals: number[] }> {
  const records = new Map<string, ItGlueRecord<Attributes>>();
  const totals: number[] = [];
  let sizeIndex = 0;
  let page = 1;
  for (let request = 1; request <= MAX_PAGES; request += 1) {
    const size = PAGE_SIZES[sizeIndex] ?? 50;
    const smallerLeft = sizeIndex < PAGE_SIZES.length - 1;
    let answer: Page<Attributes>;
    try {
      answer = await readPage(caller, listing, page, size, smallerLeft);
    } catch (error) {
      if (!smallerLeft || !isTooMuchAtOnce(error)) throw error;
      sizeIndex += 1;
      // Start at or before the first record not yet read; what is read twice is kept once.
      page = Math.floor(records.size / (PAGE_SIZES[sizeIndex] ?? 50)) + 1;
      continue;
    }
    const known = records.size;
    if (answer.total !== null) totals.push(answer.total);
    for (const record of answer.records) records.set(record.id, record);
    // Nothing said about further pages: ask on until a page brings nothing new (an ignored page number, the end).
    const more = answer.more ?? answer.records.length > 0;
    const advanced = records.size > known || page * size <= known;
    if (!more || answer.records.length === 0 || !advanced) return { records: [...records.values()], totals };
    page += 1;
  }
  throw listingError(listing.route, 'tooLarge');
}

interface Page<Attributes> {
  readonly records: ItGlueRecord<Attributes>[];
  readonly more: boolean | null;
  readonly total: number | null;
}

function readPage<Attributes>(
  caller: Caller,
  listing: Listing<Attributes>,
  page: number,
  size: number,
  smallerLeft: boolean,
): Promise<Page<Attributes>> {
  return caller.read({
    route: listing.route,
    query: [
      ...(listing.filter ?? []),
      ['sort', listing.sort],
      ['page[number]', String(page)],
      ['page[size]', String(size)],
    ],
    ...(smallerLeft && { curedByLess: CURED_BY_SMALLER_PAGES }),
    ...(listing.signal && { signal: listing.signal }),
    check: (answer) => {
      const records = readMany(answer, listing.reader);
      if (records.length > 5_000) throw new UnreadableAnswer('a page beyond the documented size');
      return { records, ...readPageFacts(answer, page) };
    },
  });
}

function isTooMuchAtOnce(error: unknown): boolean {
  return error instanceof ItGlueError && error.kind === 'busy' && CURED_BY_SMALLER_PAGES.includes(error.place.reason);
}

function listingError(route: Route, kind: 'busy' | 'tooLarge'): ItGlueError {
  return new ItGlueError({ kind }, { method: 'GET', route: route.template, status: null, reason: 'limit', records: 0 });
}
