import type { Answers } from '../answers.js';
import { kinds, type Content, type ContentOf, type KindName, type ReferenceIds } from '../kinds/index.js';

/** What is created in IT Glue, in the order in which it must be: a resource comes after every one that it refers to. */
export const resources = [
  'organization',
  'location',
  'manufacturer',
  'model',
  'contact',
  'configuration',
  'password',
  'attachment',
] as const;
export type Resource = (typeof resources)[number];

/** A client's record as the export sees it. */
export interface SourceRecord {
  readonly id: string;
  readonly kind: KindName;
  readonly position: number;
  readonly content: Content;
  readonly references: ReferenceIds;
  /** What was said instead of a value, by field. */
  readonly answers?: Answers;
}

/** One record that will exist in IT Glue: which of ours it comes from and where it hangs. Ids only, no values. */
export interface ExportUnit {
  readonly resource: Resource;
  readonly recordId: string;
  readonly kind: KindName;
  /** The unit that it is created under: the manufacturer of a model, the host of an attachment. */
  readonly parent: { readonly resource: Resource; readonly recordId: string } | null;
}

/** A record that has no place in IT Glue, and why. Shown in the preview. */
export interface Homeless {
  readonly recordId: string;
  readonly kind: KindName;
  readonly title: string;
  readonly message: string;
}

export interface ExportPlan {
  readonly units: readonly ExportUnit[];
  readonly withoutHome: readonly Homeless[];
}

const resourceOfKind: Readonly<Partial<Record<KindName, Resource>>> = {
  company: 'organization',
  site: 'location',
  make: 'manufacturer',
  model: 'model',
  person: 'contact',
  vendor: 'contact',
  'sales-contact': 'contact',
  'accounting-contact': 'contact',
  accountant: 'contact',
  configuration: 'configuration',
  application: 'configuration',
  password: 'password',
  attachment: 'attachment',
};

/** The resource that a record of the kind becomes, or null when IT Glue has none (the outgoing MSP itself). */
export function resourceOf(kind: KindName): Resource | null {
  return resourceOfKind[kind] ?? null;
}

/** Which records become what, in order. Pure: the same records give the same plan. */
export function planExport(records: readonly SourceRecord[]): ExportPlan {
  const byId = new Map(records.map((record) => [record.id, record]));
  const doubled = doubledContacts(records);
  const host = clientFileHost(records);
  const units: ExportUnit[] = [];
  const withoutHome: Homeless[] = [];
  const leaveOut = (record: SourceRecord, message: string) =>
    withoutHome.push({ recordId: record.id, kind: record.kind, title: titleOf(record), message });

  for (const record of [...records].sort(inOrder)) {
    const resource = resourceOf(record.kind);
    if (resource === null) {
      leaveOut(record, 'The outgoing MSP is not part of the documentation of the client');
      continue;
    }
    if (isUnknownSecret(record)) {
      leaveOut(record, 'IT Glue takes no password record without its password, which is not there');
      continue;
    }
    const same = doubled.get(record.id);
    if (same) {
      leaveOut(record, `Is created once, as ${titleOf(same)} of ${kinds[same.kind].plural}`);
      continue;
    }
    const parent = parentOf(record, byId, host);
    if (resource === 'attachment' && parent === null) {
      leaveOut(record, 'IT Glue keeps no files on an organization, and there is no site to put it at');
      continue;
    }
    units.push({ resource, recordId: record.id, kind: record.kind, parent });
  }
  units.sort((a, b) => resources.indexOf(a.resource) - resources.indexOf(b.resource));
  return { units, withoutHome };
}

/** The site that files of the client as a whole are put at: the primary one, else the first. */
export function clientFileHost(records: readonly SourceRecord[]): SourceRecord | null {
  const sites = records.filter((record) => record.kind === 'site').sort(inOrder);
  return sites.find((record) => record.content['primary'] === true) ?? sites[0] ?? null;
}

function parentOf(record: SourceRecord, byId: ReadonlyMap<string, SourceRecord>, host: SourceRecord | null): ExportUnit['parent'] {
  if (record.kind === 'model') {
    const make = record.references['make'];
    return make ? { resource: 'manufacturer', recordId: make } : null;
  }
  if (record.kind !== 'attachment') return null;
  const named = byId.get(record.references['parent'] ?? '');
  // A file of a record that is not created itself goes where files of the whole client go.
  const parent = named && !isUnknownSecret(named) ? named : host;
  const resource = parent && resourceOf(parent.kind);
  return parent && resource ? { resource, recordId: parent.id } : null;
}

/** A credential whose password was answered with "none" or "not known": IT Glue requires one (it-glue-api.md 2.9). */
function isUnknownSecret(record: SourceRecord): boolean {
  return record.kind === 'password' && !record.content['password'] && record.answers?.['password'] !== undefined;
}

/**
 * Points of contact that are also among the personnel (same mail address or same full name), and repeated ones among
 * themselves: they become one contact, not two.
 */
function doubledContacts(records: readonly SourceRecord[]): ReadonlyMap<string, SourceRecord> {
  const order: readonly KindName[] = ['person', 'accountant', 'accounting-contact', 'sales-contact'];
  const seen = new Map<string, SourceRecord>();
  const doubled = new Map<string, SourceRecord>();
  const contacts = records
    .filter((record) => order.includes(record.kind))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || inOrder(a, b));
  for (const record of contacts) {
    const content = record.content as ContentOf<(typeof kinds)['sales-contact']['fields']>;
    const name = fold(kinds['sales-contact'].title(content));
    const keys = [content.email && `mail:${fold(content.email)}`, name && `name:${name}`].filter((key): key is string => Boolean(key));
    const same = record.kind === 'person' ? undefined : keys.map((key) => seen.get(key)).find(Boolean);
    if (same) doubled.set(record.id, same);
    for (const key of keys) if (!seen.has(key)) seen.set(key, same ?? record);
  }
  return doubled;
}

const inOrder = (a: SourceRecord, b: SourceRecord) => a.position - b.position || (a.id < b.id ? -1 : 1);

const fold = (value: string) => value.trim().replace(/\s+/g, ' ').toLowerCase();

function titleOf(record: SourceRecord): string {
  return kinds[record.kind].title(record.content as never);
}
