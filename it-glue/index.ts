import { resolveAddress, type ItGlueAddress } from './address.js';
import { createCaller, type RequestReport } from './caller.js';
import type { Pace } from './pace/pace.js';
import { attachments } from './resources/attachments.js';
import { configurations } from './resources/configurations.js';
import { contacts } from './resources/contacts.js';
import { countries, regions } from './resources/geography.js';
import { locations } from './resources/locations.js';
import { models } from './resources/models.js';
import { DEFAULT_SETTLE_DELAYS_MS, growingList, readableList } from './resources/named-list.js';
import { organizations } from './resources/organizations.js';
import { passwords } from './resources/passwords.js';
import { relatedItems } from './resources/related-items.js';
import { createServerClock, type ServerClock } from './server-clock.js';
import { createTransport } from './transport.js';

export { ItGlueError } from './errors.js';
export type { FaultReason, ItGlueErrorPlace, ItGlueProblem, RefusedField } from './errors.js';
export type { ItGlueAddress, ItGlueRegion } from './address.js';
export type { RequestReport } from './caller.js';
export type { ItGlueId, ItGlueRecord } from './envelope.js';
export { unpaced, type Pace } from './pace/pace.js';
export { createSharedPace, type SharedPaceOptions } from './pace/shared-pace.js';
export { PACE_TABLE_SQL } from './pace/token-bucket.js';
export type { ServerClock } from './server-clock.js';
export { MAX_ATTACHMENT_BYTES, type Attachment, type AttachmentFile, type AttachmentParent } from './resources/attachments.js';
export type { Configuration, ConfigurationAttributes, ConfigurationInterfaceAttributes } from './resources/configurations.js';
export type { Contact, ContactAttributes, ContactEmail, ContactPhone } from './resources/contacts.js';
export type { Country, Region } from './resources/geography.js';
export type { Location, LocationAttributes } from './resources/locations.js';
export type { Model } from './resources/models.js';
export { foldName, pickByName } from './resources/names.js';
export type { GetOrCreateOptions, GotOrCreated, GrowingList, Named, ReadableList } from './resources/named-list.js';
export { MAX_BULK_RECORDS, type CallOptions, type OrganizationRecords } from './resources/organization-records.js';
export type { Organization, OrganizationAttributes, OrganizationCandidate } from './resources/organizations.js';
export type { Password, PasswordAttributes, PasswordParentType, Passwords } from './resources/passwords.js';
export type { RelatedItem, RelatedItemAttributes, RelatedItemSource } from './resources/related-items.js';

export type ItGlueClientOptions = ItGlueAddress & {
  /** `ITG.…`; kept in a closure, never in an error, a log or an inspection. */
  readonly apiKey: string;
  /** Shared by everything that uses the same key. */
  readonly pace: Pace;
  /** Deadline of one request, connection and answer included. IT Glue itself gives up after about 29 s. Default 35,000. */
  readonly timeoutMs?: number;
  /** Default 8. Nothing is documented; more writers at once than a handful gain little. */
  readonly maxConnections?: number;
  /** Longest answer that is read, in bytes, after unpacking. Default 32 MB. */
  readonly maxAnswerBytes?: number;
  /** How often one call waits after a 429 before it throws `rateLimited`. Default 5. */
  readonly maxRateLimitWaits?: number;
  /** Pause after a 429 without `Retry-After`; doubled for each further one in a row. Default 60,000. */
  readonly pauseWithoutRetryAfterMs?: number;
  /** Waits before each look for a list entry whose creation has an unknown outcome. */
  readonly settleDelaysMs?: readonly number[];
  /** Called after each request that was sent; what it throws is ignored. */
  readonly onRequest?: (report: RequestReport) => void;
};

export type ItGlueClient = ReturnType<typeof createItGlueClient>;

/**
 * The part of IT Glue's API that an onboarding needs: reading the account's lists, creating one organization and what
 * belongs to it. There is no update and no delete. Reads are repeated up to four times; a write goes out once, and what
 * is not certain about it comes back as `ItGlueError` with `effect: 'unknown'`.
 * @throws RangeError naming a setting that cannot work.
 */
export function createItGlueClient(options: ItGlueClientOptions) {
  const timeoutMs = options.timeoutMs ?? 35_000;
  const maxConnections = options.maxConnections ?? 8;
  if (!/^[\x21-\x7e]{1,500}$/.test(options.apiKey)) throw new RangeError('apiKey: must be 1 to 500 printable characters without blanks');
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) throw new RangeError('timeoutMs: must be between 1 and 600,000');
  if (!Number.isInteger(maxConnections) || maxConnections < 1 || maxConnections > 64) {
    throw new RangeError('maxConnections: must be a whole number from 1 to 64');
  }
  const clock = createServerClock();
  const transport = createTransport({
    ...resolveAddress(options),
    apiKey: options.apiKey,
    timeoutMs,
    maxConnections,
    maxAnswerBytes: options.maxAnswerBytes ?? 32 * 1024 * 1024,
  });
  const caller = createCaller({
    transport,
    pace: options.pace,
    clock,
    readDeadlineMs: 3 * timeoutMs,
    maxRateLimitWaits: options.maxRateLimitWaits ?? 5,
    pauseWithoutRetryAfterMs: options.pauseWithoutRetryAfterMs ?? 60_000,
    ...(options.onRequest && { onRequest: options.onRequest }),
  });
  const settleDelaysMs = options.settleDelaysMs ?? DEFAULT_SETTLE_DELAYS_MS;
  const serverClock: ServerClock = { offsetMs: clock.offsetMs, earliest: clock.earliest };

  return {
    organizations: organizations(caller),
    organizationTypes: readableList(caller, 'organization_types'),
    organizationStatuses: readableList(caller, 'organization_statuses'),
    locations: locations(caller),
    contacts: contacts(caller),
    contactTypes: growingList(caller, 'contact_types', settleDelaysMs),
    configurations: configurations(caller),
    configurationTypes: growingList(caller, 'configuration_types', settleDelaysMs),
    configurationStatuses: growingList(caller, 'configuration_statuses', settleDelaysMs),
    manufacturers: growingList(caller, 'manufacturers', settleDelaysMs),
    models: models(caller),
    passwords: passwords(caller),
    passwordCategories: growingList(caller, 'password_categories', settleDelaysMs),
    attachments: attachments(caller),
    relatedItems: relatedItems(caller),
    countries: countries(caller),
    regions: regions(caller),
    operatingSystems: readableList(caller, 'operating_systems'),
    platforms: readableList(caller, 'platforms'),
    serverClock,
    /** Requests that left this process, by `METHOD /route/:template`. */
    requestsSent: () => caller.requestsSent(),
    /** Ends all connections; a write under way becomes of unknown outcome. */
    close: () => transport.close(),
  };
}
