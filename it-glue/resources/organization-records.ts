import { bodyOfMany } from '../bodies.js';
import type { Caller } from '../caller.js';
import { readMany, readOne, UnreadableAnswer, type AttributeReader, type ItGlueId, type ItGlueRecord } from '../envelope.js';
import { ItGlueError } from '../errors.js';
import { listAll, type ListOptions } from '../pages.js';
import { route } from '../routes.js';

/** Most records that one bulk request may hold. Nothing is documented; other clients stop at 100, 50 is a good size. */
export const MAX_BULK_RECORDS = 100;

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Of a write: ends its wait for the rate limit, but not the request once it has left. */
  readonly patience?: AbortSignal;
  /** Of a write: awaited each time before it is sent, and again after a long wait for its turn. What it throws is thrown on, and nothing is sent. */
  readonly beforeSend?: () => Promise<void>;
  /** Of a write: awaited after that, where only so many may be under way at a time. What it gives is called when the request has ended. */
  readonly turn?: () => Promise<() => void>;
}

/** What can be done with one kind of record inside one organization. There is no update and no delete. */
export interface OrganizationRecords<Write, Read> {
  /**
   * Creates 1 to 100 records in one request, never repeated. The answer is in the server's order, which need not be
   * the request's: match by content. An answer that does not hold exactly one new id per record is `unknownOutcome`.
   */
  createMany(organizationId: ItGlueId, records: readonly Write[], options?: CallOptions): Promise<ItGlueRecord<Read>[]>;
  /** All records of this kind in the organization, archived ones included, by rising id. */
  list(organizationId: ItGlueId, options?: ListOptions): Promise<ItGlueRecord<Read>[]>;
  /** One record; `noAccess` when it is of another organization. */
  show(organizationId: ItGlueId, id: ItGlueId, options?: CallOptions): Promise<ItGlueRecord<Read>>;
}

interface Kind<Write, Read> {
  /** As it stands in the path (`configurations`) and as JSON:API type. */
  readonly resource: 'locations' | 'contacts' | 'configurations' | 'passwords';
  readonly reader: AttributeReader<Read>;
  /** Splits what travels as attributes from what travels as relationships. */
  readonly encode?: (record: Write) => { attributes: object; relationships?: object };
  readonly showQuery?: readonly (readonly [string, string])[];
}

export function organizationRecords<Write extends object, Read extends { organizationId: ItGlueId | null }>(
  caller: Caller,
  kind: Kind<Write, Read>,
): OrganizationRecords<Write, Read> {
  const nested = (organizationId: ItGlueId) =>
    route(`/organizations/:organizationId/relationships/${kind.resource}`, { organizationId });
  const encode = kind.encode ?? ((attributes: Write) => ({ attributes }));
  const isForeign = (record: ItGlueRecord<Read>, organizationId: ItGlueId) =>
    record.attributes.organizationId !== null && record.attributes.organizationId !== organizationId;

  return {
    async createMany(organizationId, records, options = {}) {
      if (records.length === 0) return [];
      return caller.write({
        route: nested(organizationId),
        body: bodyOfMany(kind.resource, bulk(records).map(encode)),
        records: records.length,
        ...options,
        check: (answer) => {
          const created = readCreated(answer, kind.reader, records.length);
          if (created.some((record) => isForeign(record, organizationId))) {
            throw new UnreadableAnswer('a record of another organization');
          }
          return created;
        },
      });
    },

    async list(organizationId, options = {}) {
      const records = await listAll(caller, { route: nested(organizationId), reader: kind.reader, sort: 'id', ...options });
      // A server that ignored the nesting must not make us adopt or even look at another organization's records.
      return records.filter((record) => !isForeign(record, organizationId));
    },

    async show(organizationId, id, options = {}) {
      const place = route(`/${kind.resource}/:id`, { id });
      const record = await caller.read({
        route: place,
        ...(kind.showQuery && { query: kind.showQuery }),
        ...options,
        check: (answer) => sameId(readOne(answer, kind.reader), id),
      });
      if (isForeign(record, organizationId)) {
        throw new ItGlueError(
          { kind: 'noAccess', fields: [] },
          { method: 'GET', route: place.template, status: 200, reason: 'limit', records: 0 },
        );
      }
      return record;
    },
  };
}

/** @throws RangeError when there are more records than one request may hold. */
export function bulk<Write>(records: readonly Write[]): readonly Write[] {
  if (records.length > MAX_BULK_RECORDS) throw new RangeError(`records: at most ${MAX_BULK_RECORDS} in one request`);
  return records;
}

/** The records that a bulk create answered with. @throws UnreadableAnswer unless there is one new id per record sent. */
export function readCreated<Read>(answer: unknown, reader: AttributeReader<Read>, sent: number): ItGlueRecord<Read>[] {
  const data = (answer as { data?: unknown } | null)?.data;
  const created = sent === 1 && !Array.isArray(data) ? [readOne(answer, reader)] : readMany(answer, reader);
  if (new Set(created.map((record) => record.id)).size !== sent || created.length !== sent) {
    throw new UnreadableAnswer('not one id per record');
  }
  return created;
}

export function sameId<Read>(record: ItGlueRecord<Read>, id: ItGlueId): ItGlueRecord<Read> {
  if (record.id !== id) throw new UnreadableAnswer('another record than the one asked for');
  return record;
}
