import { mappedLists, mapWord, wordsOf, type ExportUnit, type ListEntry, type MappedList, type Resolver, type Resource, type SourceRecord } from '../../domain/it-glue/index.js';
import { foldName } from '../../it-glue/index.js';
import { getExport, mappingChoices, rememberedMappings, settledIds, takeSteps, wordKey, type ClientKey, type ExportRow, type ExportStepName, type LedgerEntry, type SharedList, type StepHold } from '../../store/index.js';
import type { Connected, Dependencies, Target } from '../dependencies.js';
import { inParallel, turnsOf, type Turns } from './in-parallel.js';
import type { Move } from './lanes.js';
import { asRecords, findEntry, placeOf, type KeptLookups, type LookupsByRun } from './lookups.js';
import { sharedEntry } from './shared-names.js';
import type { Source } from './source.js';
import type { Ending } from './stopping.js';

/** What one step of an export works with. */
export interface ExportContext extends Omit<Dependencies, 'targets'> {
  readonly target: Target;
  readonly connection: Pick<Connected, 'version' | 'passwordAccess'>;
  readonly client: ClientKey;
  readonly run: ExportRow;
  readonly source: Source;
  /** By which this attempt of the step may write intents; whoever takes the step over later makes it void. */
  readonly hold: StepHold;
  /** The account's lists, as this run has read them. */
  readonly lookups: KeptLookups;
  /** Breaks off requests and waits that are under way. */
  readonly signal: AbortSignal;
  /** Ends waits of requests that have not left: a person has stopped the export, or it goes on elsewhere. */
  readonly stop: AbortSignal;
  /** What each request that creates waits for. */
  readonly turns: Turns;
  /** Tells the other steps what became of a request that creates. */
  readonly moved: (move: Move) => void;
  /** Must be called before anything new is sent. @throws when a person has stopped the export */
  readonly safePoint: () => void;
  /** Tells Temporal that the step is alive, and a person how far it is. */
  readonly alive: () => void;
}

/** What the steps of one attempt share. */
export interface Attempt extends Ending {
  readonly source: Source;
  /** Tells Temporal that the attempt is alive. */
  readonly alive: () => void;
}

/** Opens steps of the run, and takes them over from an attempt that Temporal believes dead. */
export async function openSteps(
  connection: Connected,
  deps: Omit<Dependencies, 'targets'> & { readonly lookupsByRun: LookupsByRun },
  input: ClientKey & { exportId: string },
  steps: readonly ExportStepName[],
  { stop, cut, source, alive }: Attempt,
): Promise<(step: ExportStepName, moved?: (move: Move) => void) => ExportContext> {
  const { store, languageModel, temporal, lookupsByRun } = deps;
  const { target } = connection;
  const client = { tenantId: input.tenantId, clientId: input.clientId };
  const [run, holds] = await Promise.all([getExport(store, client, input.exportId), takeSteps(store, client, steps)]);
  const safePoint = () => {
    cut.throwIfAborted();
    stop.throwIfAborted();
  };
  const shared = { store, target, connection, languageModel, temporal, client, run, source, lookups: lookupsByRun.of(run.id), signal: cut, stop, safePoint, alive };
  return (step, moved = () => undefined) => ({ ...shared, hold: holds.get(step)!, turns: turnsOf(), moved });
}

/** The records that the entries come from, by id. */
export async function readSource(context: ExportContext, entries: readonly LedgerEntry[]): Promise<Map<string, SourceRecord>> {
  const records = new Map<string, SourceRecord>();
  for await (const record of context.source.records(entries.map((entry) => entry.recordId))) records.set(record.id, record);
  return records;
}

/** The entry as the plan knows it. */
export function unitOf(entry: LedgerEntry): ExportUnit {
  return { resource: entry.resource, recordId: entry.recordId, kind: entry.kind, parent: entry.parent };
}

/**
 * Answers a mapping's questions: ids from the ledger and from the account's lists. Only lists that the records ask for are
 * read. Words that a list lacks are created in it first (IT Glue has no other way to keep them), once for all exports of the
 * tenant.
 */
export async function openResolver(context: ExportContext, source: Iterable<SourceRecord>): Promise<Resolver> {
  const { lookups, signal } = context;
  const { api } = context.target;
  const records = [...source];
  const sites = records.filter((record) => record.kind === 'site');
  const words = wordsOf(records);
  const [places, ids, entryOf] = await Promise.all([
    sites.length > 0 ? lookups.places(api, sites.map((site) => (site.content['country'] as string | null) ?? null), signal) : null,
    settledIds(context.store, context.client, ['organization', 'location', 'manufacturer', 'model', 'contact', 'configuration', 'password']),
    fillLists(context, new Map(mappedLists.map((list) => [list, [...words[list].keys()]]))),
  ]);
  return {
    idOf: (resource: Resource, recordId: string) => ids.get(`${resource}/${recordId}`) ?? null,
    organizationTypeId: context.run.organizationTypeId,
    organizationStatusId: context.run.organizationStatusId,
    configurationTypeId: (name) => entryOf('configurationTypes', name)!,
    configurationStatusId: (name) => entryOf('configurationStatuses', name),
    contactTypeId: (name) => entryOf('contactTypes', name),
    passwordCategoryId: (name) => entryOf('passwordCategories', name),
    operatingSystemId: (name) => entryOf('operatingSystems', name),
    place: (site) => placeOf(places ?? { countries: [], regions: [] }, site),
  };
}

/** The names under which exports of a tenant share what they create. */
const sharedLists = {
  configurationTypes: 'configuration_type',
  configurationStatuses: 'configuration_status',
  contactTypes: 'contact_type',
  passwordCategories: 'password_category',
} as const satisfies Partial<Record<MappedList, SharedList>>;

/** What each word of these lists means: as a person chose, else the entry of its name, else one that is created. */
export async function fillLists(context: ExportContext, words: ReadonlyMap<MappedList, readonly string[]>): Promise<(list: MappedList, word: string) => string | null> {
  const { store, client } = context;
  const asked = [...words].flatMap(([list, ofList]) => ofList.map((word) => ({ list, word })));
  if (asked.length === 0) return () => null;
  const reading = [...words.keys()].filter((list) => words.get(list)!.length > 0).map(async (list) => [list, await context.lookups.list(context.target.api, list, context.signal)] as const);
  const [chosen, remembered, ...present] = await Promise.all([mappingChoices(store, client, asked), rememberedMappings(store, client.tenantId, asked), ...reading]);
  const ids = new Map<string, string>();
  await inParallel(present, async ([list, there]) => {
    // Spellings of one word that differ in case only share an entry.
    const lacking = new Map<string, string[]>();
    for (const word of words.get(list)!) {
      const key = wordKey({ list, word });
      const found = { word, records: 0, named: findEntry(there, word), alike: null };
      const { entry } = mapWord(list, found, there, { person: chosen.get(key), memory: remembered.get(key) });
      if (entry) ids.set(key, entry.id);
      else lacking.set(foldName(word), [...(lacking.get(foldName(word)) ?? []), word]);
    }
    if (list === 'operatingSystems') return;
    await inParallel([...lacking.values()], async (spellings) => {
      const id = await createEntry(context, list, spellings[0]!, there);
      for (const word of spellings) ids.set(wordKey({ list, word }), id);
    });
  });
  return (list, word) => ids.get(wordKey({ list, word })) ?? null;
}

async function createEntry(context: ExportContext, list: keyof typeof sharedLists, name: string, present: ListEntry[]): Promise<string> {
  const { signal, lookups } = context;
  const api = context.target.api[list];
  const id = await sharedEntry(context, sharedLists[list], name, {
    create: async (beforeSend) => (await api.getOrCreate(name, { signal, beforeSend, ...(lookups.isFresh(list) && { lookedAt: asRecords(present) }) })).id,
    find: async () => (await api.findByName(name, { signal }))?.id ?? null,
    stillThere: async (known) => (await api.list({ signal })).some((entry) => entry.id === known),
  });
  present.push({ id, name });
  context.alive();
  return id;
}
