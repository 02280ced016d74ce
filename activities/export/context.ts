import type { ExportUnit, Resolver, Resource, SourceRecord } from '../../domain/it-glue/index.js';
import { applicationType, defaultConfigurationType, defaultContactTypes } from '../../domain/it-glue/index.js';
import type { Content } from '../../domain/kinds/index.js';
import { getExport, recordsById, settledIds, type ClientKey, type ExportRow, type LedgerEntry, type SharedList } from '../../store/index.js';
import type { Dependencies, Target } from '../dependencies.js';
import { inParallel } from './in-parallel.js';
import { asRecords, findEntry, placeOf, type KeptLookups, type LookupsByRun } from './lookups.js';
import { foldName } from '../../it-glue/index.js';
import { sharedEntry } from './shared-names.js';
import type { Ending } from './stopping.js';

/** What one step of an export works with. */
export interface ExportContext extends Omit<Dependencies, 'targets'> {
  readonly target: Target;
  readonly client: ClientKey;
  readonly run: ExportRow;
  /** The account's lists, as this run has read them. */
  readonly lookups: KeptLookups;
  /** Breaks off requests and waits that are under way. */
  readonly signal: AbortSignal;
  /** Must be called before anything new is sent. @throws when a person has stopped the export */
  readonly safePoint: () => void;
  /** Tells Temporal that the step is alive, and a person how far it is. */
  readonly alive: () => void;
}

export async function openContext(
  deps: Omit<Dependencies, 'targets'> & { readonly target: Target; readonly lookupsByRun: LookupsByRun },
  input: ClientKey & { exportId: string },
  { stop, cut }: Ending,
  alive: () => void,
): Promise<ExportContext> {
  const { store, target, languageModel, temporal, lookupsByRun } = deps;
  const client = { tenantId: input.tenantId, clientId: input.clientId };
  const run = await getExport(store, client, input.exportId);
  const safePoint = () => {
    cut.throwIfAborted();
    stop.throwIfAborted();
  };
  return { store, target, languageModel, temporal, client, run, lookups: lookupsByRun.of(run.id), signal: cut, safePoint, alive };
}

/** The records that the entries come from, by id. */
export async function readSource(context: ExportContext, entries: readonly LedgerEntry[]): Promise<Map<string, SourceRecord>> {
  const records = new Map<string, SourceRecord>();
  for await (const record of recordsById(context.store, context.client, entries.map((entry) => entry.recordId))) records.set(record.id, record);
  return records;
}

/** The entry as the plan knows it. */
export function unitOf(entry: LedgerEntry): ExportUnit {
  return { resource: entry.resource, recordId: entry.recordId, kind: entry.kind, parent: entry.parent };
}

/** Words of the client that must be entries of the account's lists before its records can be created. */
interface WantedEntries {
  readonly configurationTypes: ReadonlySet<string>;
  readonly configurationStatuses: ReadonlySet<string>;
  readonly contactTypes: ReadonlySet<string>;
  readonly passwordCategories: ReadonlySet<string>;
}

/** The words that records of the client use of each list. */
export function wantedEntries(records: Iterable<SourceRecord>): WantedEntries {
  const wanted = {
    configurationTypes: new Set<string>(),
    configurationStatuses: new Set<string>(),
    contactTypes: new Set<string>(),
    passwordCategories: new Set<string>(),
  };
  for (const { kind, content } of records) {
    const word = (field: string) => (content[field] as Content[string] | undefined) as string | null | undefined;
    if (kind === 'configuration') {
      wanted.configurationTypes.add(word('type') ?? defaultConfigurationType);
      if (word('status')) wanted.configurationStatuses.add(word('status')!);
    }
    if (kind === 'application') wanted.configurationTypes.add(applicationType);
    if (kind === 'password' && word('category')) wanted.passwordCategories.add(word('category')!);
    if (kind === 'person') wanted.contactTypes.add(word('contactType') ?? defaultContactTypes.person);
    if (kind === 'vendor') wanted.contactTypes.add(defaultContactTypes.vendor);
    if (kind === 'sales-contact' || kind === 'accounting-contact' || kind === 'accountant') wanted.contactTypes.add(defaultContactTypes.pointOfContact);
  }
  return wanted;
}

/**
 * Answers a mapping's questions: ids from the ledger and from the account's lists. Only lists that the records ask for are
 * read. Words that a list lacks are created in it first (IT Glue has no other way to keep them), once for all exports of the
 * tenant.
 */
export async function openResolver(context: ExportContext, source: ReadonlyMap<string, SourceRecord>): Promise<Resolver> {
  const { lookups, signal } = context;
  const { api } = context.target;
  const records = [...source.values()];
  const sites = records.filter((record) => record.kind === 'site');
  const places = sites.length > 0 ? await lookups.places(api, sites.map((site) => (site.content['country'] as string | null) ?? null), signal) : null;
  const hasSystems = records.some((record) => record.kind === 'configuration' && record.content['operatingSystem']);
  const systems = hasSystems ? await lookups.list(api, 'operatingSystems', signal) : [];
  const ids = await settledIds(context.store, context.client, ['organization', 'location', 'manufacturer', 'model', 'contact', 'configuration', 'password']);
  const wanted = wantedEntries(records);
  const types = await fill(context, 'configuration_type', wanted.configurationTypes);
  const statuses = await fill(context, 'configuration_status', wanted.configurationStatuses);
  const contactTypes = await fill(context, 'contact_type', wanted.contactTypes);
  const categories = await fill(context, 'password_category', wanted.passwordCategories);
  return {
    idOf: (resource: Resource, recordId: string) => ids.get(`${resource}/${recordId}`) ?? null,
    organizationTypeId: context.run.organizationTypeId,
    organizationStatusId: context.run.organizationStatusId,
    configurationTypeId: (name) => types(name)!,
    configurationStatusId: statuses,
    contactTypeId: contactTypes,
    passwordCategoryId: categories,
    operatingSystemId: (name) => findEntry(systems, name)?.id ?? null,
    place: (site) => placeOf(places ?? { countries: [], regions: [] }, site),
  };
}

const growing = {
  configuration_type: 'configurationTypes',
  configuration_status: 'configurationStatuses',
  contact_type: 'contactTypes',
  password_category: 'passwordCategories',
} as const;

async function fill(context: ExportContext, list: keyof typeof growing & SharedList, wanted: ReadonlySet<string>): Promise<(name: string) => string | null> {
  if (wanted.size === 0) return () => null;
  const { signal } = context;
  const api = context.target.api[growing[list]];
  const present = await context.lookups.list(context.target.api, growing[list], signal);
  const ids = new Map<string, string>();
  // Spellings of one word that differ in case only share an entry.
  const lacking = new Map<string, string[]>();
  for (const name of wanted) {
    const there = findEntry(present, name);
    if (there) ids.set(name, there.id);
    else lacking.set(foldName(name), [...(lacking.get(foldName(name)) ?? []), name]);
  }
  await inParallel([...lacking.values()], async (spellings) => {
    const name = spellings[0]!;
    const id = await sharedEntry(context, list, name, {
      create: async () => (await api.getOrCreate(name, { signal, ...(context.lookups.isFresh(growing[list]) && { lookedAt: asRecords(present) }) })).id,
      stillThere: async (known) => (await api.list({ signal })).some((entry) => entry.id === known),
    });
    present.push({ id, name });
    for (const spelling of spellings) ids.set(spelling, id);
    context.alive();
  });
  return (name) => ids.get(name) ?? null;
}
