import { kindOf, type kinds, type ContentOf, type KindName } from '../kinds/index.js';
import type { Place } from './places.js';
import type { ExportUnit, Resource, SourceRecord } from './plan.js';

/** What a mapping needs from outside the client: ids that IT Glue gave, and the account's own lists. All ids are strings of digits. */
export interface Resolver {
  /** The IT Glue id of one of our records that was created before, or null. */
  idOf(resource: Resource, recordId: string): string | null;
  /** Ids from the account's lists, by the word that the client used; null where the word has no entry. */
  organizationTypeId: string | null;
  organizationStatusId: string | null;
  configurationTypeId(name: string): string;
  configurationStatusId(name: string): string | null;
  contactTypeId(name: string): string | null;
  passwordCategoryId(name: string): string | null;
  operatingSystemId(name: string): string | null;
  place(site: { country: string | null; state: string | null; zip: string | null }): Place;
}

export interface ContactEmail {
  value: string;
  labelName: string;
  primary: boolean;
}

export interface ContactPhone {
  value: string;
  labelName: string;
  labelType: 'phone' | 'fax';
  extension: string | null;
  primary: boolean;
}

/** Attributes of one record in IT Glue's words, camelCase; the client of the API writes them kebab-case. */
export type Attributes = Record<string, string | boolean | null | ContactEmail[] | ContactPhone[]>;

/** Contact types of people who give none themselves. */
export const defaultContactTypes = { person: 'Employee', vendor: 'Vendor', pointOfContact: 'Point of Contact' } as const;

/** The configuration type of programs and services: the export knows no other record for them. */
export const applicationType = 'Application';

/** The configuration type of a device that names none. IT Glue requires one (it-glue-api.md 2.5). */
export const defaultConfigurationType = 'Other';

type Of<K extends KindName> = ContentOf<(typeof kinds)[K]['fields']>;

/** The attributes that a unit is created with. Attachments carry their bytes besides. */
export function attributesOf(unit: ExportUnit, record: SourceRecord, resolve: Resolver): Attributes {
  const attributes = mapped(unit, record, resolve);
  const unknown = notKnown(record);
  if (unknown === null || !('notes' in attributes)) return attributes;
  return { ...attributes, notes: [attributes['notes'], unknown].filter(Boolean).join('\n') };
}

/**
 * One line for what nobody knows, so that a person who looks for it in IT Glue need not ask again. "None" and "not
 * applicable" are what an empty field says anyway, and are left out.
 */
function notKnown(record: SourceRecord): string | null {
  const fields = kindOf(record.kind).fields;
  const unknown = Object.entries(record.answers ?? {}).filter(([, { answer }]) => answer === 'not_known');
  if (unknown.length === 0) return null;
  return `Not known: ${unknown.map(([name, { reason }]) => `${fields[name]?.label ?? name}${reason ? ` (${reason})` : ''}`).join(', ')}`;
}

function mapped(unit: ExportUnit, record: SourceRecord, resolve: Resolver): Attributes {
  const reference = (resource: Resource, name: string) => {
    const id = record.references[name];
    return id ? resolve.idOf(resource, id) : null;
  };
  switch (unit.resource) {
    case 'organization':
      return organization(record.content as Of<'company'>, resolve);
    case 'location':
      return location(record.content as Of<'site'>, resolve);
    case 'manufacturer':
    case 'model':
      return { name: (record.content as Of<'make'>).name };
    case 'contact':
      return contact(unit.kind, record, resolve, reference('location', 'site'));
    case 'configuration':
      if (unit.kind === 'application') {
        const links = { locationId: reference('location', 'site'), contactId: reference('contact', 'contact') };
        return application(record.content as Of<'application'>, resolve, links);
      }
      return configuration(record.content as Of<'configuration'>, resolve, {
        manufacturerId: reference('manufacturer', 'make'),
        modelId: reference('model', 'model'),
        locationId: reference('location', 'site'),
        contactId: reference('contact', 'contact'),
      });
    case 'password':
      return password(record.content as Of<'password'>, resolve, reference('configuration', 'configuration'));
    case 'attachment':
      return { fileName: (record.content as Of<'attachment'>).fileName };
  }
}

function organization(content: Of<'company'>, resolve: Resolver): Attributes {
  return {
    name: content.company,
    shortName: content.shortName,
    description: content.description,
    // quick-notes is HTML (it-glue-api.md section 6, 8): text from people is encoded.
    quickNotes: content.notes === null ? null : asHtml(content.notes),
    alert: content.alert,
    // null is not allowed here: a type or status that was not chosen is left out (it-glue-api.md 2.1).
    ...(resolve.organizationTypeId ? { organizationTypeId: resolve.organizationTypeId } : {}),
    ...(resolve.organizationStatusId ? { organizationStatusId: resolve.organizationStatusId } : {}),
  };
}

function location(content: Of<'site'>, resolve: Resolver): Attributes {
  const place = resolve.place(content);
  return {
    name: content.name,
    primary: content.primary ?? false,
    address1: content.address1,
    address2: content.address2,
    city: content.city,
    postalCode: content.zip,
    countryId: place.countryId,
    regionId: place.regionId,
    phone: content.phone,
    fax: content.fax,
    ...restriction(content.restricted),
    notes: lines(
      content.notes,
      ['Opening hours', content.openingHours],
      ['Access', content.access],
      ['Parking', content.parking],
      ['After-hours contact', content.afterHoursContact],
      ['After-hours phone', content.afterHoursPhone],
      ['On-site contact', content.siteContact],
      ['State', place.unresolvedState],
      ['Country', place.unresolvedCountry],
    ),
  };
}

function contact(kind: KindName, record: SourceRecord, resolve: Resolver, locationId: string | null): Attributes {
  if (kind === 'vendor') return vendor(record.content as Of<'vendor'>, resolve, locationId);
  const content = record.content as Partial<Of<'person'>>;
  const type = content.contactType ?? (kind === 'person' ? defaultContactTypes.person : defaultContactTypes.pointOfContact);
  return {
    firstName: content.firstName ?? null,
    lastName: content.lastName ?? null,
    title: content.title ?? null,
    contactTypeId: resolve.contactTypeId(type),
    locationId,
    important: content.important ?? false,
    ...restriction(content.restricted),
    notes: lines(content.notes ?? null, looseExtension(content)),
    contactEmails: emails([content.email, 'Work'], [content.personalEmail, 'Home']),
    contactPhones: phones(
      [content.workPhone, 'Work', content.workExt],
      [content.mobilePhone, 'Cell', null],
      [content.homePhone, 'Home', null],
      [content.fax, 'Work', null, 'fax'],
    ),
  };
}

/** IT Glue has no company on a contact: it goes into the title, or is the name where there is no person. */
function vendor(content: Of<'vendor'>, resolve: Resolver, locationId: string | null): Attributes {
  const hasPerson = content.firstName !== null || content.lastName !== null;
  const title = hasPerson ? [content.title, content.company].filter(Boolean).join(', ') : content.title;
  // Two fields in one may be longer than the usual limit of a line: then the company is kept in the notes.
  const isLong = hasPerson && content.title !== null && [...title!].length > 255;
  return {
    // A contact is found by its first name, so one that is known by a single name has it there.
    firstName: hasPerson ? (content.firstName ?? content.lastName) : content.company,
    lastName: content.firstName === null ? null : content.lastName,
    title: isLong ? content.title : title,
    contactTypeId: resolve.contactTypeId(defaultContactTypes.vendor),
    locationId,
    important: content.important ?? false,
    ...restriction(content.restricted),
    notes: lines(content.notes, ['Company', isLong ? content.company : null], ['Service', content.service], ['Account number', content.accountNumber], ['Website', content.website], looseExtension(content)),
    contactEmails: emails([content.email, 'Work']),
    contactPhones: phones(
      [content.workPhone, 'Work', content.workExt],
      [content.mobilePhone, 'Cell', null],
      [content.fax, 'Work', null, 'fax'],
    ),
  };
}

function configuration(
  content: Of<'configuration'>,
  resolve: Resolver,
  links: { manufacturerId: string | null; modelId: string | null; locationId: string | null; contactId: string | null },
): Attributes {
  const operatingSystemId = content.operatingSystem ? resolve.operatingSystemId(content.operatingSystem) : null;
  return {
    name: content.name,
    configurationTypeId: resolve.configurationTypeId(content.type ?? defaultConfigurationType),
    configurationStatusId: content.status ? resolve.configurationStatusId(content.status) : null,
    ...links,
    operatingSystemId,
    // An operating system cannot be created in IT Glue (it-glue-api.md 2.7): an unknown one is kept in its notes.
    operatingSystemNotes: lines(
      content.operatingSystemNotes,
      ['Operating system', operatingSystemId === null ? content.operatingSystem : null],
    ),
    hostname: content.hostname,
    primaryIp: content.primaryIp,
    macAddress: content.macAddress,
    defaultGateway: content.defaultGateway,
    serialNumber: content.serialNumber,
    assetTag: content.assetTag,
    position: content.position,
    installedBy: content.installedBy,
    purchasedBy: content.purchasedBy,
    installedAt: content.installedAt,
    purchasedAt: content.purchasedAt,
    warrantyExpiresAt: content.warrantyExpiresAt,
    mitpEndOfLifeDate: content.endOfLifeAt,
    mitpDeviceExpirationDate: content.deviceExpiresAt,
    ...restriction(content.restricted),
    archived: content.archived ?? false,
    notes: content.notes,
  };
}

/** A configuration has no fields for what matters of a program: it goes into the notes, one line a fact. */
function application(content: Of<'application'>, resolve: Resolver, links: { locationId: string | null; contactId: string | null }): Attributes {
  return {
    name: content.name,
    configurationTypeId: resolve.configurationTypeId(applicationType),
    ...links,
    ...restriction(content.restricted),
    archived: content.archived ?? false,
    notes: lines(
      content.notes,
      ['Category', content.category],
      ['Publisher', content.publisher],
      ['Version', content.version],
      ['Hosted on', content.hostedOn],
      ['URL', content.url],
      ['Licences', content.licences === null ? null : String(content.licences)],
      ['Account number', content.accountNumber],
      ['Renews at', content.renewsAt],
      ['Support', content.support],
    ),
  };
}

function password(content: Of<'password'>, resolve: Resolver, configurationId: string | null): Attributes {
  return {
    name: content.name,
    username: content.username,
    password: content.password,
    otpSecret: content.otpSecret,
    url: content.url,
    notes: content.notes,
    passwordUpdatedAt: content.passwordUpdatedAt,
    ...restriction(content.restricted),
    passwordCategoryId: content.category ? resolve.passwordCategoryId(content.category) : null,
    archived: content.archived ?? false,
    // The type must be spelled exactly so, or IT Glue makes a general password of it (it-glue-api.md 2.9).
    ...(configurationId ? { resourceId: configurationId, resourceType: 'Configuration' } : {}),
  };
}

/** Sent only when it is set: a restricted record is hidden from most people, so it is never restricted by accident. */
function restriction(restricted: boolean | null | undefined): { restricted?: true } {
  return restricted ? { restricted: true } : {};
}

function emails(...entries: [value: string | null | undefined, label: string][]): ContactEmail[] {
  return entries.filter(([value]) => value).map(([value, labelName], index) => ({ value: value!, labelName, primary: index === 0 }));
}

function phones(
  ...entries: [value: string | null | undefined, label: string, extension: string | null | undefined, type?: 'fax'][]
): ContactPhone[] {
  return entries
    .filter(([value]) => value)
    .map(([value, labelName, extension, type], index) => ({
      value: value!,
      labelName,
      labelType: type ?? 'phone',
      extension: extension ?? null,
      primary: index === 0,
    }));
}

/** An extension hangs at a phone number in IT Glue: one without a number is kept in the notes. */
function looseExtension(content: { workPhone?: string | null; workExt?: string | null }): [string, string | null] {
  return ['Work ext', content.workPhone ? null : (content.workExt ?? null)];
}

/** The free text first, then one line for each further fact that is known; null when there is nothing to say. */
function lines(text: string | null, ...facts: [label: string, value: string | null][]): string | null {
  const known = facts.filter(([, value]) => value).map(([label, value]) => `${label}: ${value}`);
  const all = text ? [text, ...known] : known;
  return all.length > 0 ? all.join('\n') : null;
}

function asHtml(text: string): string {
  const encoded = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
  return encoded.replace(/\r?\n/g, '<br>');
}
