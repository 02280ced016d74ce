import { setTimeout as sleep } from 'node:timers/promises';
import { distinctBatches, identityOf } from '../../domain/it-glue/index.js';
import type { ItGlueRecord } from '../../it-glue/index.js';
import { claimName, entryOf, markCreated, openEntries, releaseName, settledIds, settleName, spellingChoices } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { sendBatch, settle, type Channel, type Outgoing } from './batches.js';
import { readSource, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { entries as toEntries, findEntry, type ListEntry } from './lookups.js';
import { batchSize } from './records.js';
import { refreshEveryMs } from './shared-names.js';
import { readyEntries } from './waiting.js';

const all = 100_000;
const lookEveryMs = 500;
/** How long models that another export is creating are waited for before the step is tried again later. */
const waitMs = 150_000;
/** From this many manufacturers on, all models of the account are read at once, 1,000 a request, instead of each one's. */
const wholeListFrom = 6;

/** A model on its way; `chosen`: the existing one that a person said it is. */
type Model = Outgoing<string> & { readonly manufacturerId: string; readonly chosen: string | null };

/**
 * Finds each model under its manufacturer, or creates it there, in bulk by manufacturer: all names are claimed first, then
 * the models that are there are read once, and what is lacking is created.
 */
export async function exportModels(context: ExportContext): Promise<void> {
  const interrupted = (await openModels(context)).filter(({ entry }) => entry.state === 'intended');
  await inParallel([...byManufacturer(interrupted)], async ([manufacturerId, models]) => {
    await settle(context, modelChannel(context, manufacturerId), models, context.target.settleDelaysMs);
    await settleClaims(context, models);
  });

  const until = Date.now() + waitMs;
  // Entries that a person has chosen and that the account has no more.
  const gone = new Set<string>();
  for (let left = await openModels(context, gone); left.length > 0; left = await openModels(context, gone)) {
    context.safePoint();
    const { ours, known, theirs } = await claim(context, left);
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
  const source = await readSource(context, ['model']);
  const makes = await settledIds(context.store, context.client, ['manufacturer']);
  const choices = await spellingChoices(context.store, context.client);
  return open.map((entry) => {
    const manufacturerId = makes.get(`manufacturer/${entry.parent?.recordId}`);
    const name = source.get(entry.recordId)?.content['name'];
    const chosen = choices.get(entry.recordId);
    if (!manufacturerId || typeof name !== 'string') throw new Blocked('internal');
    return { entry, sent: name, identity: identityOf('model', { name }), manufacturerId, chosen: chosen && !gone.has(chosen) ? chosen : null };
  });
}

/**
 * Reads what is there once, after the claims; marks what is found, and creates those of ours that are lacking.
 * @returns those to look at again: thought to be known and not there, or spelled like another one but for case
 */
async function adoptOrCreate(context: ExportContext, ours: readonly Model[], known: ReadonlySet<Model>): Promise<Model[]> {
  // Claiming again keeps the claims fresh, so that nobody takes them over while IT Glue makes us wait.
  const refresh = setInterval(() => void claim(context, ours).catch(() => undefined), refreshEveryMs);
  try {
    const groups = byManufacturer([...ours, ...known]);
    const missed: Model[] = [];
    const twins: Model[] = [];
    const whole = groups.size >= wholeListFrom ? await wholeList(context) : null;
    await inParallel([...groups], async ([manufacturerId, models]) => {
      const channel = modelChannel(context, manufacturerId);
      const present = whole ? (whole.get(manufacturerId) ?? []) : toEntries((await channel.list()) as ItGlueRecord<{ name: string | null }>[]);
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
    await settleClaims(context, ours);
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

async function wholeList(context: ExportContext): Promise<Map<string, ListEntry[]>> {
  const models = new Map<string, ListEntry[]>();
  for (const { id, attributes } of await context.target.api.models.listAll({ signal: context.signal })) {
    const { manufacturerId, name } = attributes;
    if (manufacturerId !== null) models.set(manufacturerId, [...(models.get(manufacturerId) ?? []), { id, name: name ?? '' }]);
  }
  return models;
}

/**
 * `known`: those that should be in the account already, since an export has found or created them or a person has chosen an
 * existing one. `theirs`: another export is about to create them.
 */
async function claim(context: ExportContext, models: readonly Model[]): Promise<{ ours: Model[]; known: Set<Model>; theirs: Model[] }> {
  const ours: Model[] = [];
  const known = new Set<Model>();
  const theirs: Model[] = [];
  for (const model of models) {
    if (model.chosen !== null) {
      known.add(model);
      continue;
    }
    const claimed = await claimName(context.store, nameKey(context, model), context.run.id);
    if (claimed.state === 'ours') ours.push(model);
    else if (claimed.state === 'known') known.add(model);
    else theirs.push(model);
  }
  return { ours, known, theirs };
}

/** What was created or found is remembered; a refused name is given up. A name that is still open stays claimed for the next attempt. */
async function settleClaims(context: ExportContext, models: readonly Model[]): Promise<void> {
  for (const model of models) {
    const entry = await entryOf(context.store, context.client, 'model', model.entry.recordId);
    if (entry?.itGlueId) await settleName(context.store, nameKey(context, model), entry.itGlueId);
    else if (entry?.state === 'failed') await releaseName(context.store, nameKey(context, model));
  }
}

function nameKey(context: ExportContext, model: Model) {
  return { tenantId: context.client.tenantId, list: 'model' as const, key: `${model.manufacturerId}/${model.sent}` };
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
    create: (names) => api.models.createMany(manufacturerId, names, { signal }),
    list: () => api.models.listByManufacturer(manufacturerId, { signal }),
    identity: (attributes) => identityOf('model', attributes),
  };
}
