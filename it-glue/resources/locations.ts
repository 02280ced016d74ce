import { z } from 'zod';
import type { Caller } from '../caller.js';
import { read, type ItGlueId } from '../envelope.js';
import { organizationRecords, type OrganizationRecords } from './organization-records.js';

/** Writable attributes of a location. `regionId` must be left out for a country without regions. */
export interface LocationAttributes {
  readonly name: string;
  readonly primary?: boolean | null;
  readonly address1?: string | null;
  readonly address2?: string | null;
  readonly city?: string | null;
  readonly postalCode?: string | null;
  readonly regionId?: ItGlueId | null;
  readonly countryId?: ItGlueId | null;
  /** Free text; IT Glue keeps the digits and adds `formattedPhone`. */
  readonly phone?: string | null;
  readonly fax?: string | null;
  readonly notes?: string | null;
  readonly restricted?: boolean | null;
}

const location = z.object({
  organizationId: read.id,
  name: read.text,
  primary: read.flag,
  address1: read.text,
  address2: read.text,
  city: read.text,
  postalCode: read.text,
  regionId: read.id,
  regionName: read.text,
  countryId: read.id,
  countryName: read.text,
  phone: read.text,
  fax: read.text,
  formattedPhone: read.text,
  formattedFax: read.text,
  notes: read.text,
  restricted: read.flag,
  createdAt: read.text,
  updatedAt: read.text,
});

export type Location = z.output<typeof location>;
export type Locations = OrganizationRecords<LocationAttributes, Location>;

export function locations(caller: Caller): Locations {
  return organizationRecords<LocationAttributes, Location>(caller, { resource: 'locations', reader: location });
}
