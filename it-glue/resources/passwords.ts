import { z } from 'zod';
import type { Caller } from '../caller.js';
import { read, type ItGlueId } from '../envelope.js';
import { organizationRecords, type OrganizationRecords } from './organization-records.js';

/** What a password may be embedded in. The spelling matters: another one makes a general password without a word. */
export type PasswordParentType =
  | 'Configuration'
  | 'Contact'
  | 'Document'
  | 'Domain'
  | 'Location'
  | 'SSL Certificate'
  | 'Flexible Asset'
  | 'Ticket';

/** Writable attributes of a password. The key needs the "Password Access" permission, or the value is lost. */
export interface PasswordAttributes {
  readonly name: string;
  readonly password: string;
  readonly username?: string | null;
  readonly url?: string | null;
  readonly notes?: string | null;
  /** Cannot be read back; only `otpEnabled` tells that it is there. */
  readonly otpSecret?: string | null;
  readonly passwordCategoryId?: ItGlueId | null;
  /** Together: the record that the password is embedded in. Cannot be changed later. */
  readonly resourceId?: ItGlueId | null;
  readonly resourceType?: PasswordParentType | null;
  readonly passwordUpdatedAt?: string | null;
  readonly restricted?: boolean | null;
  readonly archived?: boolean | null;
  readonly isLive?: boolean | null;
  readonly shareable?: boolean | null;
  readonly autofillSelectors?: string | null;
  readonly generatedPasswordType?: string | null;
}

/** The secret itself is not among the attributes: it is never asked for, and dropped if it came. */
const password = z.object({
  organizationId: read.id,
  resourceUrl: read.text,
  name: read.text,
  username: read.text,
  url: read.text,
  notes: read.text,
  otpEnabled: read.flag,
  passwordCategoryId: read.id,
  passwordCategoryName: read.text,
  resourceId: read.id,
  resourceType: read.text,
  cachedResourceTypeName: read.text,
  cachedResourceName: read.text,
  passwordUpdatedAt: read.text,
  restricted: read.flag,
  archived: read.flag,
  createdAt: read.text,
  updatedAt: read.text,
});

export type Password = z.output<typeof password>;
export type Passwords = OrganizationRecords<PasswordAttributes, Password>;

export function passwords(caller: Caller): Passwords {
  return organizationRecords<PasswordAttributes, Password>(caller, {
    resource: 'passwords',
    reader: password,
    showQuery: [['show_password', 'false']],
  });
}
