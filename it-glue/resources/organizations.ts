import { z } from 'zod';
import { foldKept } from '../../domain/it-glue/index.js';
import { bodyOfOne } from '../bodies.js';
import type { Caller } from '../caller.js';
import { read, readOne, type ItGlueId, type ItGlueRecord } from '../envelope.js';
import { listAll } from '../pages.js';
import { route } from '../routes.js';
import { byId, nameFilters } from './names.js';
import { sameId, type CallOptions } from './organization-records.js';

/** Writable attributes of an organization. Names are not unique in IT Glue. */
export interface OrganizationAttributes {
  readonly name: string;
  /** The red banner on the organization's pages. */
  readonly alert?: string | null;
  readonly description?: string | null;
  /** Leave out rather than send null. */
  readonly organizationTypeId?: ItGlueId;
  readonly organizationStatusId?: ItGlueId;
  /** HTML: encode what people typed. */
  readonly quickNotes?: string | null;
  readonly shortName?: string | null;
}

const organization = z.object({
  name: read.text,
  alert: read.text,
  description: read.text,
  organizationTypeId: read.id,
  organizationTypeName: read.text,
  organizationStatusId: read.id,
  organizationStatusName: read.text,
  quickNotes: read.text,
  shortName: read.text,
  primary: read.flag,
  createdAt: read.text,
  updatedAt: read.text,
});

/** All that is taken from an answer about organizations that may not be ours. */
const candidate = z.object({ name: read.text, shortName: read.text, createdAt: read.text });

export type Organization = z.output<typeof organization>;
export type OrganizationCandidate = z.output<typeof candidate>;

export interface Organizations {
  /** Creates one organization in one request, never repeated. */
  create(attributes: OrganizationAttributes, options?: CallOptions): Promise<ItGlueRecord<Organization>>;
  /**
   * The organizations of exactly this name, by rising id, with nothing but what tells a new one from an old one.
   * `createdAt` is the server's time: compare it with `serverClock.earliest(...)`.
   */
  findByName(name: string, options?: CallOptions): Promise<ItGlueRecord<OrganizationCandidate>[]>;
  show(id: ItGlueId, options?: CallOptions): Promise<ItGlueRecord<Organization>>;
}

export function organizations(caller: Caller): Organizations {
  return {
    create: async (attributes, options = {}) =>
      caller.write({
        route: route('/organizations'),
        body: bodyOfOne('organizations', attributes),
        records: 1,
        ...options,
        check: (answer) => readOne(answer, organization),
      }),

    async findByName(name, options = {}) {
      for (const filter of new Set([...nameFilters(name), ...nameFilters(foldKept(name))])) {
        const answered = await listAll(caller, {
          route: route('/organizations'),
          reader: candidate,
          sort: 'id',
          filter: [['filter[name]', filter]],
          ...options,
        });
        // The filter may match parts of names, or be ignored and give everything: only equality counts.
        const same = answered.filter((record) => record.attributes.name !== null && foldKept(record.attributes.name).trim() === foldKept(name).trim());
        if (same.length > 0) return same.sort(byId);
      }
      return [];
    },

    show: async (id, options = {}) =>
      caller.read({
        route: route('/organizations/:id', { id }),
        ...options,
        check: (answer) => sameId(readOne(answer, organization), id),
      }),
  };
}
