import type { ListEntry } from '../../domain/it-glue/index.js';
import { loadCatalogue } from '../../store/index.js';
import type { ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { entries } from './lookups.js';

/** Where it is not known how many models the account has: from this many manufacturers on all of them are read together. */
const wholeListFrom = 6;
/** Entries that one request of a list gives. */
const pageSize = 1_000;

/** Gives the models of a manufacturer; each is read when it is asked for, at the latest. */
export type ModelLists = (manufacturerId: string) => Promise<readonly ListEntry[]>;

/** The models that these manufacturers have, read in the way that takes fewer requests. */
export async function readModels(context: ExportContext, manufacturerIds: readonly string[]): Promise<ModelLists> {
  const { models } = context.target.api;
  const { signal } = context;
  if (manufacturerIds.length > 1 && manufacturerIds.length >= (await requestsForAll(context))) {
    const lists = await wholeList(context);
    return (id) => Promise.resolve(lists.get(id) ?? []);
  }
  return async (id) => entries(await models.listByManufacturer(id, { signal }));
}

/**
 * Begins to read the models of makes that the account has, while those that it lacks are created. Nobody waits here: what
 * cannot be read now is read by the step that needs it.
 * @param makes IT Glue ids by the record that each is of
 */
export function readModelsAhead(context: ExportContext, makes: ReadonlyMap<string, string>): void {
  if (makes.size > 0) context.lookups.keepModels(readAll(context, makes));
}

async function readAll(context: ExportContext, makes: ReadonlyMap<string, string>): Promise<Map<string, readonly ListEntry[]>> {
  const parents = await context.store.db.ledgerEntry.findMany({
    where: { ...context.client, resource: 'model', state: { in: ['planned', 'intended'] }, parentRecordId: { in: [...makes.keys()] } },
    select: { parentRecordId: true },
    distinct: ['parentRecordId'],
  });
  const ids = [...new Set(parents.map(({ parentRecordId }) => makes.get(parentRecordId!)!))];
  const lists = await readModels(context, ids);
  const read = new Map<string, readonly ListEntry[]>();
  await inParallel(ids, async (id) => void read.set(id, await lists(id)));
  return read;
}

/** Requests that it takes to read all models of the account, by what it had when it was last read. */
async function requestsForAll(context: ExportContext): Promise<number> {
  const catalogue = await loadCatalogue(context.store, context.client.tenantId);
  if (!catalogue) return wholeListFrom;
  return Math.ceil(catalogue.entries.filter(({ model }) => model !== '').length / pageSize);
}

async function wholeList(context: ExportContext): Promise<Map<string, ListEntry[]>> {
  const models = new Map<string, ListEntry[]>();
  for (const { id, attributes } of await context.target.api.models.listAll({ signal: context.signal })) {
    const { manufacturerId, name } = attributes;
    if (manufacturerId !== null) models.set(manufacturerId, [...(models.get(manufacturerId) ?? []), { id, name: name ?? '' }]);
  }
  return models;
}
