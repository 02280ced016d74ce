import { setTimeout as sleep } from 'node:timers/promises';
import { distinctBatches, identityOf, type ListEntry, type SourceRecord } from '../../domain/it-glue/index.js';
import { ItGlueError, type ItGlueRecord } from '../../it-glue/index.js';
import { markCreated, openEntries, releaseName, spellingChoices, type LedgerEntry } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { sendBatch, settle, type Channel, type Intent, type Outgoing } from './batches.js';
import { readSource, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { entries as toEntries, findEntry } from './lookups.js';
import { readModelsAhead } from './model-lists.js';
import { claimAll, refreshEveryMs, settleClaims } from './shared-names.js';

/** More than any client has; the ledger is asked for all of them at once. */
const all = 100_000;
const lookEveryMs = 500;
/** How long makes that another export is creating are waited for before the step is tried again later. */
const waitMs = 150_000;

/** A make on its way; `chosen`: the existing one that a person said it is. */
type Make = Outgoing<string> & { readonly claim: string; readonly chosen: string | null };

/**
 * Finds each make among the account's manufacturers, or creates it. They are shared by all organizations, cannot be removed
 * over the API and have no bulk route: all names are claimed first, then the list is read once, and what it lacks is created
 * with one request each.
 */
export async function exportManufacturers(context: ExportContext): Promise<void> {
  const makes = await openMakes(context);
  const channel = manufacturerChannel(context, makes);
  const interrupted = makes.filter(({ entry }) => entry.state === 'intended');
  if (interrupted.length > 0) {
    await settle(context, channel, interrupted, context.target.settleDelaysMs);
    await settleClaims(context, 'manufacturer', interrupted);
  }

  const until = Date.now() + waitMs;
  // Entries that a person has chosen and that the account has no more.
  const gone = new Set<string>();
  for (let left = interrupted.length === 0 ? makes : await openMakes(context, gone); left.length > 0; left = await openMakes(context, gone)) {
    context.safePoint();
    const { ours, known, theirs } = await claimAll(context, 'manufacturer', left);
    const missed = ours.length + known.size > 0 ? await adoptOrCreate(context, channel, ours, known) : [];
    for (const make of missed) if (make.chosen !== null) gone.add(make.chosen);
    if (theirs.length + missed.length === 0) return;
    if (Date.now() > until) throw new Error('Another export holds names of makes for too long');
    if (missed.length === 0) await sleep(lookEveryMs, undefined, { signal: context.signal });
  }
}

async function openMakes(context: ExportContext, gone: ReadonlySet<string> = new Set()): Promise<Make[]> {
  const open = await openEntries(context.store, context.client, 'manufacturer', all);
  if (open.length === 0) return [];
  const [source, choices] = await Promise.all([readSource(context, open), spellingChoices(context.store, context.client)]);
  return open.map((entry) => {
    const sent = nameOf(source, entry.recordId);
    const chosen = choices.get(entry.recordId);
    return { entry, sent, claim: sent, identity: identityOf('manufacturer', { name: sent }), chosen: chosen && !gone.has(chosen) ? chosen : null };
  });
}

/**
 * Reads the list once, after the claims; marks what the account has, and creates those of ours that it lacks.
 * @returns those to look at again: thought to be known and not there, or spelled like another one but for case
 */
async function adoptOrCreate(context: ExportContext, channel: Channel<string>, ours: readonly Make[], known: ReadonlySet<Make>): Promise<Make[]> {
  // Claiming again keeps the claims fresh, so that nobody takes them over while IT Glue makes us wait.
  const refresh = setInterval(() => void claimAll(context, 'manufacturer', ours).catch(() => undefined), refreshEveryMs);
  try {
    const present = await manufacturersNow(context, known);
    const found: { entry: LedgerEntry; itGlueId: string }[] = [];
    const lacking: Make[] = [];
    const missed: Make[] = [];
    for (const make of [...ours, ...known]) {
      const same = make.chosen === null ? findEntry(present, make.sent) : present.find((one) => one.id === make.chosen);
      if (same) found.push({ entry: make.entry, itGlueId: same.id });
      else if (known.has(make)) missed.push(make);
      else lacking.push(make);
    }
    await forget(context, missed);
    await markCreated(context.store, found.map(({ entry, itGlueId }) => ({ id: entry.id, itGlueId })), 'existing');
    readModelsAhead(context, new Map(found.map(({ entry, itGlueId }) => [entry.recordId, itGlueId])));
    context.alive();
    const [first = [], ...later] = distinctBatches(lacking, (make) => make.identity, 1);
    await inParallel(first, (batch) => sendBatch(context, channel, batch), { ended: () => context.moved('settled') });
    return [...missed, ...later.flat(2)];
  } finally {
    clearInterval(refresh);
    await settleClaims(context, 'manufacturer', ours);
  }
}

/** The account's manufacturers: as read a moment ago, as long as they hold all that exports have found or created before. */
async function manufacturersNow(context: ExportContext, known: ReadonlySet<Make>): Promise<readonly ListEntry[]> {
  const ahead = await context.lookups.takeManufacturers();
  const holds = (make: Make) => (make.chosen === null ? findEntry(ahead!, make.sent) !== null : ahead!.some((one) => one.id === make.chosen));
  if (ahead && [...known].every(holds)) return ahead;
  return toEntries(await context.target.api.manufacturers.list({ signal: context.signal }));
}

/** Remembered but not listed: they were removed or renamed by hand since, and may be claimed anew. */
async function forget(context: ExportContext, missed: readonly Make[]): Promise<void> {
  for (const make of missed) if (make.chosen === null) await releaseName(context.store, nameKey(context, make));
}

const nameKey = (context: ExportContext, make: Make) => ({ tenantId: context.client.tenantId, list: 'manufacturer' as const, key: make.claim });

function manufacturerChannel(context: ExportContext, makes: readonly Make[]): Channel<string> {
  const { manufacturers } = context.target.api;
  const { signal } = context;
  return {
    resource: 'manufacturer',
    create: async ([name], intent) => [await createUnlessThere(context, makes, name!, intent)],
    list: () => manufacturers.list({ signal }),
    identity: (attributes) => identityOf('manufacturer', attributes),
  };
}

/** A name that is refused may be one that somebody else has added just now: it is noted as theirs, with whatever hangs on it. */
async function createUnlessThere(context: ExportContext, makes: readonly Make[], name: string, intent: Intent): Promise<ItGlueRecord<{ name: string | null }>> {
  const { manufacturers } = context.target.api;
  const { signal } = context;
  try {
    return await manufacturers.create(name, intent);
  } catch (error) {
    if (!(error instanceof ItGlueError) || error.kind !== 'invalid') throw error;
    const other = findEntry(toEntries(await manufacturers.list({ signal })), name);
    if (!other) throw error;
    const entries = makes.filter(({ sent }) => sent === name).map(({ entry }) => ({ id: entry.id, itGlueId: other.id }));
    await markCreated(context.store, entries, 'existing');
    return { id: other.id, attributes: { name: other.name } };
  }
}

function nameOf(source: ReadonlyMap<string, SourceRecord>, recordId: string): string {
  const name = source.get(recordId)?.content['name'];
  if (typeof name !== 'string') throw new Blocked('internal');
  return name;
}
