import { z } from 'zod';
import type { Attributes, ContactEmail, ContactPhone } from './attributes.js';
import { fieldHolding, fieldOfAttribute } from './fields.js';
import type { ExportUnit, Resource, SourceRecord } from './plan.js';

/**
 * refused: IT Glue certainly does not take it, so an export does not start with it. warning: nobody outside the vendor knows
 * (it-glue-api.md section 10, 8); an export may start, and a refusal would stop it then.
 */
export type Severity = 'refused' | 'warning';

/** What is wrong with a record before it is sent: our field, the reason in words that hold no value. */
export interface Finding {
  readonly field: string | null;
  readonly message: string;
  readonly severity: Severity;
}

type Fault = Pick<Finding, 'message' | 'severity'>;
type Rule = (value: string) => Fault | null;

/** The usual limit of a name (it-glue-api.md section 2); the only length that is documented is the MAC address's 17. */
export const nameLength = 255;
export const macLength = 17;
/** Bytes of a long text: the usual size of a text column; nothing is documented. */
export const longTextBytes = 65_535;
const years = { first: 1900, last: 2199 };

const refused = (message: string): Fault => ({ message, severity: 'refused' });
const warning = (message: string): Fault => ({ message, severity: 'warning' });
const length = (value: string) => [...value].length;
const bytes = (value: string) => new TextEncoder().encode(value).length;

const isNamed: Rule = (value) => {
  if (value.trim() === '') return refused('is missing, and IT Glue needs it');
  return length(value) > nameLength ? refused(`has ${length(value)} characters; IT Glue takes at most ${nameLength}`) : null;
};
const isLine: Rule = (value) =>
  length(value) > nameLength ? warning(`has ${length(value)} characters; IT Glue probably takes at most ${nameLength}, which is not documented`) : null;
const isText: Rule = (value) =>
  bytes(value) > longTextBytes ? warning(`has ${bytes(value)} bytes; IT Glue probably takes at most ${longTextBytes}, which is not documented`) : null;
const isMac: Rule = (value) =>
  length(value) <= macLength && /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(value) ? null : refused(`is no MAC address of ${macLength} characters such as 00:1A:2B:3C:4D:5E`);
const isIp: Rule = (value) => (z.union([z.ipv4(), z.ipv6()]).safeParse(value).success ? null : refused('is no IP address'));
const isMail: Rule = (value) => (z.email().safeParse(value).success ? isLine(value) : refused('is no mail address'));
const isPhone: Rule = (value) => (/\d/.test(value) ? isLine(value) : refused('is no phone number'));
const isDay: Rule = (value) => {
  if (!z.iso.date().safeParse(value).success) return refused('is no day of the calendar');
  const year = Number(value.slice(0, 4));
  return year < years.first || year > years.last ? warning(`lies outside the years ${years.first} to ${years.last}, and is probably a typing slip`) : null;
};
const isAddress: Rule = (value) => isLine(value) ?? (isWebAddress(value) ? null : warning('does not look like a web address; IT Glue may refuse it, or show no link'));

/** What each attribute must be. One that has no rule of its own is a line of text; ids are IT Glue's own. */
const rules: Readonly<Record<Resource, Readonly<Record<string, Rule>>>> = {
  organization: { name: isNamed, description: isText, quickNotes: isText, alert: isText },
  location: { name: isNamed, phone: isPhone, fax: isPhone, notes: isText },
  manufacturer: { name: isNamed },
  model: { name: isNamed },
  contact: { notes: isText },
  configuration: {
    name: isNamed,
    primaryIp: isIp,
    macAddress: isMac,
    installedAt: isDay,
    purchasedAt: isDay,
    warrantyExpiresAt: isDay,
    mitpEndOfLifeDate: isDay,
    mitpDeviceExpirationDate: isDay,
    notes: isText,
    operatingSystemNotes: isText,
  },
  password: { name: isNamed, password: isText, otpSecret: isText, url: isAddress, passwordUpdatedAt: isDay, notes: isText },
  attachment: { fileName: isNamed },
};

/** Attributes without which IT Glue creates nothing of the resource (it-glue-api.md section 2). */
const needed: Readonly<Partial<Record<Resource, readonly string[]>>> = {
  organization: ['name'],
  location: ['name'],
  manufacturer: ['name'],
  model: ['name'],
  configuration: ['name'],
  password: ['name', 'password'],
  attachment: ['fileName'],
};

/**
 * What IT Glue would refuse of a record, or may refuse, before anything is sent.
 * @param attributes as the record would be sent
 * @param limits largest file in bytes
 */
export function checkUnit(unit: ExportUnit, record: SourceRecord, attributes: Attributes, limits: { attachmentBytes: number }): readonly Finding[] {
  const missing = (needed[unit.resource] ?? [])
    .filter((name) => attributes[name] === null || attributes[name] === undefined)
    .map((name) => ({ field: fieldOfAttribute(name, unit.kind), ...isNamed('')! }));
  return [...missing, ...checkPlace(unit, record, limits), ...Object.entries(attributes).flatMap(([name, value]) => checkValue(unit, record, name, value))];
}

function checkPlace(unit: ExportUnit, record: SourceRecord, { attachmentBytes }: { attachmentBytes: number }): Finding[] {
  if (unit.resource === 'model' && unit.parent === null) return [{ field: 'make', ...refused('is missing: a model is created under its make') }];
  if (unit.resource === 'contact' && !hasName(record)) return [{ field: 'firstName', ...warning('is missing, and so is the last name; IT Glue may refuse a contact without a name') }];
  if (unit.resource !== 'attachment') return [];
  const size = record.content['size'] as number | null;
  if (size === null) return [{ field: null, ...refused('has no content: the file was never uploaded') }];
  if (size > attachmentBytes) return [{ field: 'size', ...refused('is too large for IT Glue, which takes 10 MB in one request') }];
  return [];
}

function checkValue(unit: ExportUnit, record: SourceRecord, name: string, value: Attributes[string]): Finding[] {
  if (Array.isArray(value)) return (value as readonly (ContactEmail | ContactPhone)[]).flatMap((entry) => checkEntry(unit, record, name, entry.value));
  if (typeof value !== 'string' || name.endsWith('Id') || name === 'resourceType') return [];
  const field = fieldHolding(unit.kind, record.content, value) ?? fieldOfAttribute(name, unit.kind);
  return faultsOf(rules[unit.resource][name] ?? isLine, value).map((fault) => ({ field, ...fault }));
}

function checkEntry(unit: ExportUnit, record: SourceRecord, name: string, value: string): Finding[] {
  const field = fieldHolding(unit.kind, record.content, value) ?? fieldOfAttribute(name, unit.kind);
  return faultsOf(name === 'contactEmails' ? isMail : isPhone, value).map((fault) => ({ field, ...fault }));
}

function faultsOf(rule: Rule, value: string): Fault[] {
  const found = rule(value);
  return [...(found ? [found] : []), ...strangeCharacters(value)];
}

/** Behaviour with these is not known (it-glue-api.md 1.6 and section 10, 8). */
function strangeCharacters(value: string): Fault[] {
  const faults: Fault[] = [];
  if (/[\u{10000}-\u{10FFFF}]/u.test(value)) faults.push(warning('holds an emoji or another character of four bytes, which IT Glue may refuse or replace by a question mark'));
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/.test(value)) faults.push(warning('holds a control character, which IT Glue may refuse or leave out'));
  return faults;
}

function hasName({ kind, content }: SourceRecord): boolean {
  return kind === 'vendor' || Boolean(content['firstName'] ?? content['lastName']);
}

/** As people write them: with a scheme, or a bare host, address or path of a share. */
function isWebAddress(value: string): boolean {
  const text = /^[a-z][a-z0-9+.-]*:/i.test(value) && !/^[^/:]+:\d+/.test(value) ? value : `https://${value.replace(/^[\\/]+/, '')}`;
  if (!URL.canParse(text)) return false;
  const { hostname, protocol } = new URL(text);
  return protocol !== 'https:' && protocol !== 'http:' ? true : /[.:]/.test(hostname) || hostname === 'localhost' || !/[^a-z0-9-]/i.test(hostname);
}
