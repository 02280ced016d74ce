import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf } from '../../domain/it-glue/index.js';
import type { ItGlueRecord } from '../../it-glue/index.js';
import { claimName, entryOf, markCreated, openEntries, releaseName, settledIds, settleName, spellingChoices, type LedgerEntry } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { sendBatch, settle, type Channel, type Outgoing } from './batches.js';
import { readSource, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { entries as toEntries, findEntry } from './lookups.js';
import { batchSize } from './records.js';
import { readyEntries } from './waiting.js';

const all = 100_000;
const lookEveryMs = 500;
/** How long models that another export is creating are waited for before the step is tried again later. */
const waitMs = 150_000;

/** A model on its way; `chosen`: the existing one that a person said it is. */
type Model = Outgoing<string> & { readonly chosen: string | null };

/** Finds each model under its manufacturer, or creates it there, in bulk by manufacturer. */
export async function exportModels(context: ExportContext): Promise<void> {
  const open = await readyEntries(context, await openEntries(context.store, context.client, 'model', all));
  if (open.length === 0) return;
  const source = await readSource(context, ['model']);
  const makes = await settledIds(context.store, context.client, ['manufacturer']);
  const choices = await spellingChoices(context.store, context.client);
  const groups = new Map<string, Model[]>();
  for (const entry of open) {
    const manufacturerId = makes.get(`manufacturer/${entry.parent?.recordId}`);
    const name = source.get(entry.recordId)?.content['name'];
    if (!manufacturerId || typeof name !== 'string') throw new Blocked('internal');
    const outgoing = { entry, sent: name, identity: identityOf('model', { name }), chosen: choices.get(entry.recordId) ?? null };
    groups.set(manufacturerId, [...(groups.get(manufacturerId) ?? []), outgoing]);
  }
  await inParallel([...groups], ([manufacturerId, models]) => exportGroup(context, manufacturerId, models));
}

async function exportGroup(context: ExportContext, manufacturerId: string, models: readonly Model[]): Promise<void> {
  const channel = modelChannel(context, manufacturerId);
  const interrupted = models.filter(({ entry }) => entry.state === 'intended');
  const missing = interrupted.length > 0 ? ((await settle(context, channel, interrupted, context.target.settleDelaysMs)) as readonly Model[]) : [];
  let left = await adoptExisting(context, channel, [...missing, ...models.filter(({ entry }) => entry.state === 'planned')]);

  const until = Date.now() + waitMs;
  while (left.length > 0) {
    context.safePoint();
    const { ours, theirs } = await claim(context, manufacturerId, left);
    // Somebody may have created some between our look and our claim.
    const fresh = await adoptExisting(context, channel, ours);
    for (let start = 0; start < fresh.length; start += batchSize) await sendBatch(context, channel, fresh.slice(start, start + batchSize));
    await settleClaims(context, manufacturerId, ours);
    if (theirs.length === 0) return;
    if (Date.now() > until) throw new Error('Another export holds names of models for too long');
    await sleep(lookEveryMs, undefined, { signal: context.signal });
    left = await adoptExisting(context, channel, theirs);
  }
}

/** Marks those that the manufacturer has already; gives back the rest. */
async function adoptExisting(context: ExportContext, channel: Channel<string>, models: readonly Model[]): Promise<readonly Model[]> {
  if (models.length === 0) return models;
  const present = toEntries((await channel.list()) as ItGlueRecord<{ name: string | null }>[]);
  const found: { id: string; itGlueId: string }[] = [];
  const left = models.filter(({ entry, sent, chosen }) => {
    const same = present.find((one) => one.id === chosen) ?? findEntry(present, sent);
    if (same) found.push({ id: entry.id, itGlueId: same.id });
    return !same;
  });
  await markCreated(context.store, found, 'existing');
  context.alive();
  return left;
}

async function claim(context: ExportContext, manufacturerId: string, models: readonly Model[]): Promise<{ ours: Model[]; theirs: Model[] }> {
  const ours: Model[] = [];
  const theirs: Model[] = [];
  for (const model of models) {
    const name = nameKey(context, manufacturerId, model);
    const claimed = await claimName(context.store, name, context.run.id);
    // Remembered but not listed: it was removed by hand since.
    if (claimed.state === 'known') await releaseName(context.store, name);
    (claimed.state === 'ours' ? ours : theirs).push(model);
  }
  return { ours, theirs };
}

async function settleClaims(context: ExportContext, manufacturerId: string, models: readonly Model[]): Promise<void> {
  for (const model of models) {
    const entry: LedgerEntry | null = await entryOf(context.store, context.client, 'model', model.entry.recordId);
    const name = nameKey(context, manufacturerId, model);
    if (entry?.itGlueId) await settleName(context.store, name, entry.itGlueId);
    else await releaseName(context.store, name);
  }
}

function nameKey(context: ExportContext, manufacturerId: string, model: Model) {
  return { tenantId: context.client.tenantId, list: 'model' as const, key: `${manufacturerId}/${model.sent}` };
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
