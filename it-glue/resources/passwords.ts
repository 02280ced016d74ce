import { z } from 'zod';
import type { Caller } from '../caller.js';
import { read, readOne, type ItGlueId } from '../envelope.js';
import { route } from '../routes.js';
import { organizationRecords, sameId, type CallOptions, type OrganizationRecords } from './organization-records.js';

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

const secret = z.object({ password: read.text });
export type Password = z.output<typeof password>;

export interface Passwords extends OrganizationRecords<PasswordAttributes, Password> {
  /** Whether the key is shown the value of this password, which must have one. The value goes no further. */
  mayReadValue(id: ItGlueId, options?: CallOptions): Promise<boolean>;
  /**
   * Whether IT Glue holds exactly this value. A key without "Password Access" may create passwords whose value is
   * dropped without a word: check one before trusting the rest. The value read is compared here and goes no further.
   */
  checkValue(id: ItGlueId, expected: string, options?: CallOptions): Promise<'same' | 'different' | 'absent'>;
}

export function passwords(caller: Caller): Passwords {
  const records = organizationRecords<PasswordAttributes, Password>(caller, {
    resource: 'passwords',
    reader: password,
    showQuery: [['show_password', 'false']],
  });
  return {
    ...records,
    mayReadValue: async (id, options = {}) =>
      caller.read({
        route: route('/passwords/:id', { id }),
        query: [['show_password', 'true']],
        ...options,
        check: (answer) => Boolean(sameId(readOne(answer, secret), id).attributes.password),
      }),
    checkValue: async (id, expected, options = {}) =>
      caller.read({
        route: route('/passwords/:id', { id }),
        query: [['show_password', 'true']],
        ...options,
        check: (answer) => {
          const value = sameId(readOne(answer, secret), id).attributes.password;
          if (value === null || value === '') return 'absent';
          return value === expected ? 'same' : 'different';
        },
      }),
  };
}
