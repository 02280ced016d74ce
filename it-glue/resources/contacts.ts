import { z } from 'zod';
import type { Caller } from '../caller.js';
import { read, type ItGlueId } from '../envelope.js';
import { organizationRecords, type OrganizationRecords } from './organization-records.js';

export interface ContactEmail {
  readonly value: string;
  /** Work, Home and Cell are known to exist; whether others are accepted is not. */
  readonly labelName: string;
  readonly primary?: boolean;
}

export interface ContactPhone {
  /** Separators are stripped by IT Glue, which gives a `formattedValue` back. */
  readonly value: string;
  readonly labelName: string;
  readonly labelType?: 'phone' | 'fax';
  readonly extension?: string | null;
  readonly primary?: boolean;
}

/** Writable attributes of a contact. E-mails and phones are part of the attributes: beside them they are dropped silently. */
export interface ContactAttributes {
  /** Not required by the documents, but by the web pages and every integration: always send it. */
  readonly firstName: string;
  readonly lastName?: string | null;
  readonly title?: string | null;
  readonly contactTypeId?: ItGlueId | null;
  /** Must be a location of the same organization. */
  readonly locationId?: ItGlueId | null;
  readonly important?: boolean | null;
  readonly notes?: string | null;
  readonly restricted?: boolean | null;
  readonly contactEmails?: readonly ContactEmail[];
  readonly contactPhones?: readonly ContactPhone[];
}

const contact = z.object({
  organizationId: read.id,
  name: read.text,
  firstName: read.text,
  lastName: read.text,
  title: read.text,
  contactTypeId: read.id,
  contactTypeName: read.text,
  locationId: read.id,
  locationName: read.text,
  /** null when it was never set. */
  important: read.flag,
  notes: read.text,
  restricted: read.flag,
  contactEmails: read.list({ value: read.text, labelName: read.text, primary: read.flag }),
  contactPhones: read.list({
    value: read.text,
    formattedValue: read.text,
    labelName: read.text,
    labelType: read.text,
    extension: read.text,
    primary: read.flag,
  }),
  createdAt: read.text,
  updatedAt: read.text,
});

export type Contact = z.output<typeof contact>;
export type Contacts = OrganizationRecords<ContactAttributes, Contact>;

export function contacts(caller: Caller): Contacts {
  return organizationRecords<ContactAttributes, Contact>(caller, { resource: 'contacts', reader: contact });
}
