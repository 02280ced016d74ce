import { setTimeout as sleep } from 'node:timers/promises';
import { distinctBatches, identityOf, type ListEntry } from '../../domain/it-glue/index.js';
import { markCreated, releaseName, settledIds, spellingChoices } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { sendBatch, settle, type Channel, type Outgoing } from './batches.js';
import { readSource, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { findEntry } from './lookups.js';
import { readModels, type ModelLists } from './model-lists.js';
import { batchSize } from './records.js';
import { claimAll, refreshEveryMs, settleClaims } from './shared-names.js';
import { readyEntries } from './waiting.js';

const all = 100_000;
const lookEveryMs = 500;
/** How long models that another export is creating are waited for before the step is tried again later. */
const waitMs = 150_000;
/** A manufacturer that this export has created so lately has no models but those that exports have claimed. */
const newForMs = 10 * 60_000;

/** A model on its way; `chosen`: the existing one that a person said it is. */
type Model = Outgoing<string> & { readonly manufacturerId: string; readonly claim: string; readonly chosen: string | null };

/**
 * Finds each model under its manufacturer, or creates it there, in bulk by manufacturer: all names are claimed first, then
 * the models that are there are read once, and what is lacking is created.
 */
export async function exportModels(context: ExportContext): Promise<void> {
  const open = await openModels(context);
  const interrupted = open.filter(({ entry }) => entry.state === 'intended');
  await inParallel([...byManufacturer(interrupted)], async ([manufacturerId, models]) => {
    await settle(context, modelChannel(context, manufacturerId), models, context.target.settleDelaysMs);
    await settleClaims(context, 'model', models);
  });

  const until = Date.now() + waitMs;
  // Entries that a person has chosen and that the account has no more.
  const gone = new Set<string>();
  for (let left = interrupted.length === 0 ? open : await openModels(context, gone); left.length > 0; left = await openModels(context, gone)) {
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
  const { store, client } = context;
  const { entries: open } = await readyEntries(context, 'model', all);
  if (open.length === 0) return [];
  const [source, makes, choices] = await Promise.all([readSource(context, open), settledIds(store, client, ['manufacturer']), spellingChoices(store, client)]);
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
    const same = findModel(present, model);
    if (same) found.push({ id: model.entry.id, itGlueId: same.id });
    else absent.push(model);
  }
  await markCreated(context.store, found, 'existing');
  context.alive();
  return absent;
}

/** How the models of a manufacturer are looked at: not at all where there can be none, else as read a moment ago or now. */
async function lookAt(context: ExportContext, groups: ReadonlyMap<string, readonly Model[]>, known: ReadonlySet<Model>): Promise<ModelLists> {
  const fresh = await newManufacturers(context);
  const isEmpty = (id: string) => fresh.has(id) && groups.get(id)!.every((model) => !known.has(model) && model.entry.attempts === 0);
  const toSee = [...groups.keys()].filter((id) => !isEmpty(id));
  if (toSee.length === 0) return () => Promise.resolve([]);
  const ahead = await modelsAhead(context, toSee, known);
  const lists = ahead ? null : await readModels(context, toSee);
  return (id) => (isEmpty(id) ? Promise.resolve([]) : lists ? lists(id) : Promise.resolve(ahead!.get(id)!));
}

/** What was read a moment ago, as long as it holds these manufacturers and all that exports have found or created before. */
async function modelsAhead(context: ExportContext, manufacturerIds: readonly string[], known: ReadonlySet<Model>): Promise<ReadonlyMap<string, readonly ListEntry[]> | null> {
  const ahead = await context.lookups.takeModels();
  const holds = (model: Model) => findModel(ahead!.get(model.manufacturerId) ?? [], model) !== null;
  return ahead && manufacturerIds.every((id) => ahead.has(id)) && [...known].every(holds) ? ahead : null;
}

function findModel(present: readonly ListEntry[], { chosen, sent }: Model): ListEntry | null {
  return chosen === null ? findEntry(present, sent) : (present.find((one) => one.id === chosen) ?? null);
}

/** IT Glue ids of manufacturers that this client's export has created a short time ago. */
async function newManufacturers(context: ExportContext): Promise<ReadonlySet<string | null>> {
  // One that was found after an unknown outcome is settled later than it was made.
  const since = new Date(Date.now() - newForMs);
  const rows = await context.store.db.ledgerEntry.findMany({
    where: { ...context.client, resource: 'manufacturer', state: 'created', intendedAt: { gt: since }, settledAt: { gt: since } },
    select: { itGlueId: true },
  });
  return new Set(rows.map((row) => row.itGlueId));
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
    create: (names, intent) => api.models.createMany(manufacturerId, names, intent),
    list: () => api.models.listByManufacturer(manufacturerId, { signal }),
    identity: (attributes) => identityOf('model', attributes),
  };
}
