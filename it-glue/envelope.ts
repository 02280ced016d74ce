import { z } from 'zod';
import { decodeAttributes } from './wire-names.js';

/** What IT Glue answers, read tolerantly: ids are strict, everything else may be missing, null, new or of another type. */

/** An id as IT Glue writes it: digits, any length, as a string. Never a number: 17 digits do not fit. */
export type ItGlueId = string;

/** A record that IT Glue holds, with the attributes that its resource family declares. */
export interface ItGlueRecord<Attributes> {
  readonly id: ItGlueId;
  readonly attributes: Attributes;
}

/** A 2xx answer that does not hold what its route promises. The caller decides what that means for a read or a write. */
export class UnreadableAnswer extends Error {}

/** A key may be missing: `z.unknown()` alone refuses that once it is transformed. */
const anything = z.unknown().optional();

const digits = z
  .union([z.string().regex(/^\d{1,30}$/), z.number().int().nonnegative().refine(Number.isSafeInteger)])
  .transform(String);

const element = z.object({ id: digits, type: z.string().optional().catch(undefined), attributes: anything });

/** Readers of single attributes. They never fail: a record that exists must not be lost over a surprise in one field. */
export const read = {
  text: anything.transform((value) => {
    if (typeof value === 'string') return value;
    return typeof value === 'number' ? String(value) : null;
  }),
  id: anything.transform((value) => digits.safeParse(value).data ?? null),
  flag: anything.transform((value) => {
    if (value === true || value === 'true' || value === 1 || value === '1') return true;
    return value === false || value === 'false' || value === 0 || value === '0' ? false : null;
  }),
  count: anything.transform((value) => {
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? number : null;
  }),
  /** A list of objects; what is no object is left out. */
  list: <Shape extends z.ZodRawShape>(shape: Shape) => {
    // Made once: a schema costs more than what it reads.
    const item = z.object(shape);
    return anything.transform((value) =>
      (Array.isArray(value) ? value : [])
        .map((one) => item.safeParse(one).data)
        .filter((one) => one !== undefined),
    );
  },
};

export type AttributeReader<Attributes> = z.ZodType<Attributes>;

function toRecord<Attributes>(value: unknown, reader: AttributeReader<Attributes>): ItGlueRecord<Attributes> {
  const parsed = element.safeParse(value);
  if (!parsed.success) throw new UnreadableAnswer('a record without an id');
  const attributes = reader.safeParse(decodeAttributes(parsed.data.attributes));
  if (!attributes.success) throw new UnreadableAnswer('a record without readable attributes');
  return { id: parsed.data.id, attributes: attributes.data };
}

function member(answer: unknown, key: string): unknown {
  return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[key] : undefined;
}

/** The one record of an answer; a list of exactly one is accepted as well. @throws UnreadableAnswer */
export function readOne<Attributes>(answer: unknown, reader: AttributeReader<Attributes>): ItGlueRecord<Attributes> {
  const data = member(answer, 'data');
  return toRecord(Array.isArray(data) && data.length === 1 ? data[0] : data, reader);
}

/** All records of an answer, in its order. @throws UnreadableAnswer */
export function readMany<Attributes>(answer: unknown, reader: AttributeReader<Attributes>): ItGlueRecord<Attributes>[] {
  const data = member(answer, 'data');
  if (!Array.isArray(data)) throw new UnreadableAnswer('no list of records');
  return data.map((value) => toRecord(value, reader));
}

/** The `included` records of one type (`attachments`, `related-items`). @throws UnreadableAnswer */
export function readIncluded<Attributes>(
  answer: unknown,
  type: string,
  reader: AttributeReader<Attributes>,
): ItGlueRecord<Attributes>[] {
  const included = member(answer, 'included');
  if (included === undefined || included === null) return [];
  if (!Array.isArray(included)) throw new UnreadableAnswer('included records that are no list');
  return included
    .filter((value) => String(member(value, 'type')).replace(/_/g, '-') === type)
    .map((value) => toRecord(value, reader));
}

export interface PageFacts {
  /** null when the answer says nothing about further pages. */
  readonly more: boolean | null;
  readonly total: number | null;
}

/** Whether more pages follow, from `meta` and `links`; either may be missing, null or half-filled. */
export function readPageFacts(answer: unknown, page: number): PageFacts {
  const meta = member(answer, 'meta');
  const next = read.count.parse(member(meta, 'next-page'));
  const pages = read.count.parse(member(meta, 'total-pages'));
  const nextLink = member(member(answer, 'links'), 'next');
  const told = pages !== null || member(meta, 'next-page') !== undefined || nextLink !== undefined;
  const more = (next !== null && next > page) || (pages !== null && pages > page) || (typeof nextLink === 'string' && nextLink !== '');
  return { more: told ? more : null, total: read.count.parse(member(meta, 'total-count')) };
}
