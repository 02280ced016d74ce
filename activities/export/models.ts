import { setTimeout as sleep } from 'node:timers/promises';
import { distinctBatches, identityOf, type ListEntry } from '../../domain/it-glue/index.js';
import type { ItGlueRecord } from '../../it-glue/index.js';
import { loadCatalogue, markCreated, openEntries, releaseName, settledIds, spellingChoices } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { sendBatch, settle, type Channel, type Outgoing } from './batches.js';
import { readSource, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { entries as toEntries, findEntry } from './lookups.js';
import { batchSize } from './records.js';
import { claimAll, refreshEveryMs, settleClaims } from './shared-names.js';
import { readyEntries } from './waiting.js';

const all = 100_000;
const lookEveryMs = 500;
/** How long models that another export is creating are waited for before the step is tried again later. */
const waitMs = 150_000;
/** Entries that one request of a list gives. */
const pageSize = 1_000;
/** Where it is not known how many models the account has: from this many manufacturers on all of them are read together. */
const wholeListFrom = 6;
/** A manufacturer that this export has created so lately has no models but those that exports have claimed. */
const newForMs = 10 * 60_000;

/** A model on its way; `chosen`: the existing one that a person said it is. */
type Model = Outgoing<string> & { readonly manufacturerId: string; readonly claim: string; readonly chosen: string | null };

/**
 * Finds each model under its manufacturer, or creates it there, in bulk by manufacturer: all names are claimed first, then
 * the models that are there are read once, and what is lacking is created.
 */
export async function exportModels(context: ExportContext): Promise<void> {
  const interrupted = (await openModels(context)).filter(({ entry }) => entry.state === 'intended');
  await inParallel([...byManufacturer(interrupted)], async ([manufacturerId, models]) => {
    await settle(context, modelChannel(context, manufacturerId), models, context.target.settleDelaysMs);
    await settleClaims(context, 'model', models);
  });

  const until = Date.now() + waitMs;
  // Entries that a person has chosen and that the account has no more.
  const gone = new Set<string>();
  for (let left = await openModels(context, gone); left.length > 0; left = await openModels(context, gone)) {
    context.safePoint();
    const { ours, known, theirs } = await claimAll(context, 'model', left);
    const missed = ours.length + known.size > 0 ? await adoptOrCreate(context, ours, known) : [];
    for (const model of missed) if (model.chosen !== null) gone.add(model.chosen);
    if (theirs.length + missed.length === 0) return;
    if (Date.now() > until) throw new Error('Another export holds names of models for too long');
    if (missed.length === 0) await sleep(lookEveryMs, undefined, { signal: context.signal });
  }
}

async function openModels(context: ExportContext, gone: ReadonlySet<string> = new Set()): Promise<Model[]> {
  const open = await readyEntries(context, await openEntries(context.store, context.client, 'model', all));
  if (open.length === 0) return [];
  const source = await readSource(context, open);
  const makes = await settledIds(context.store, context.client, ['manufacturer']);
  const choices = await spellingChoices(context.store, context.client);
  return open.map((entry) => {
    const manufacturerId = makes.get(`manufacturer/${entry.parent?.recordId}`);
    const name = source.get(entry.recordId)?.content['name'];
    const chosen = choices.get(entry.recordId);
    if (!manufacturerId || typeof name !== 'string') throw new Blocked('internal');
    return { entry, sent: name, identity: identityOf('model', { name }), manufacturerId, claim: `${manufacturerId}/${name}`, chosen: chosen && !gone.has(chosen) ? chosen : null };
  });
}

/**
 * Reads what is there once, after the claims; marks what is found, and creates those of ours that are lacking.
 * @returns those to look at again: thought to be known and not there, or spelled like another one but for case
 */
async function adoptOrCreate(context: ExportContext, ours: readonly Model[], known: ReadonlySet<Model>): Promise<Model[]> {
  // Claiming again keeps the claims fresh, so that nobody takes them over while IT Glue makes us wait.
  const refresh = setInterval(() => void claimAll(context, 'model', ours).catch(() => undefined), refreshEveryMs);
  try {
    const groups = byManufacturer([...ours, ...known]);
    const missed: Model[] = [];
    const twins: Model[] = [];
    const look = await lookAt(context, groups, known);
    await inParallel([...groups], async ([manufacturerId, models]) => {
      const channel = modelChannel(context, manufacturerId);
      const present = await look(manufacturerId);
      const absent = await adopt(context, models, present);
      missed.push(...absent.filter((model) => known.has(model)));
      const lacking = absent.filter((model) => !known.has(model));
      const [first = [], ...later] = distinctBatches(lacking, (model) => model.identity, batchSize);
      for (const batch of first) await sendBatch(context, channel, batch);
      twins.push(...later.flat(2));
    });
    // Remembered but not listed: they were removed or renamed by hand since, and may be claimed anew.
    for (const model of missed) if (model.chosen === null) await releaseName(context.store, nameKey(context, model));
    return [...missed, ...twins];
  } finally {
    clearInterval(refresh);
    await settleClaims(context, 'model', ours);
  }
}

/** Marks those that the manufacturer has already; gives back the rest. */
async function adopt(context: ExportContext, models: readonly Model[], present: readonly ListEntry[]): Promise<Model[]> {
  const found: { id: string; itGlueId: string }[] = [];
  const absent: Model[] = [];
  for (const model of models) {
    const same = model.chosen === null ? findEntry(present, model.sent) : present.find((one) => one.id === model.chosen);
    if (same) found.push({ id: model.entry.id, itGlueId: same.id });
    else absent.push(model);
  }
  await markCreated(context.store, found, 'existing');
  context.alive();
  return absent;
}

/** How the models of a manufacturer are looked at: not at all where there can be none, else in the way that takes fewer requests. */
async function lookAt(context: ExportContext, groups: ReadonlyMap<string, readonly Model[]>, known: ReadonlySet<Model>): Promise<(manufacturerId: string) => Promise<readonly ListEntry[]>> {
  const fresh = await newManufacturers(context);
  const isEmpty = (id: string) => fresh.has(id) && groups.get(id)!.every((model) => !known.has(model) && model.entry.attempts === 0);
  const toSee = [...groups.keys()].filter((id) => !isEmpty(id));
  const together = toSee.length > 1 && toSee.length >= (await requestsForAll(context)) ? await wholeList(context) : null;
  return async (id) => {
    if (isEmpty(id)) return [];
    if (together) return together.get(id) ?? [];
    return toEntries((await modelChannel(context, id).list()) as ItGlueRecord<{ name: string | null }>[]);
  };
}

/** IT Glue ids of manufacturers that this client's export has created a short time ago. */
async function newManufacturers(context: ExportContext): Promise<ReadonlySet<string | null>> {
  const rows = await context.store.db.ledgerEntry.findMany({
    where: { ...context.client, resource: 'manufacturer', state: 'created', settledAt: { gt: new Date(Date.now() - newForMs) } },
    select: { itGlueId: true },
  });
  return new Set(rows.map((row) => row.itGlueId));
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

function nameKey(context: ExportContext, model: Model) {
  return { tenantId: context.client.tenantId, list: 'model' as const, key: model.claim };
}

function byManufacturer(models: readonly Model[]): Map<string, Model[]> {
  const groups = new Map<string, Model[]>();
  for (const model of models) groups.set(model.manufacturerId, [...(groups.get(model.manufacturerId) ?? []), model]);
  return groups;
}

function modelChannel(context: ExportContext, manufacturerId: string): Channel<string> {
  const { api } = context.target;
  const { signal } = context;
  return {
    resource: 'model',
    create: (names, intent) => context.gate(() => api.models.createMany(manufacturerId, names, intent)),
    list: () => api.models.listByManufacturer(manufacturerId, { signal }),
    identity: (attributes) => identityOf('model', attributes),
  };
}
