import type { SourceRecord } from '../../domain/it-glue/index.js';
import { ItGlueError } from '../../it-glue/index.js';
import { markCreated, markFailed, markIntended, openEntries, spellingChoices, type LedgerEntry } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { readSource, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { entries as toEntries, findEntry } from './lookups.js';
import { refusalsOf } from './refusals.js';
import { sharedEntry } from './shared-names.js';

/** More than any client has; the ledger is asked for all of them at once. */
const all = 100_000;

/** Finds each make among the account's manufacturers, or creates it. They are shared by all organizations and have no bulk route. */
export async function exportManufacturers(context: ExportContext): Promise<void> {
  const open = await openEntries(context.store, context.client, 'manufacturer', all);
  if (open.length === 0) return;
  const source = await readSource(context, ['make']);
  const present = toEntries(await context.target.api.manufacturers.list({ signal: context.signal }));
  const choices = await spellingChoices(context.store, context.client);
  const fresh: LedgerEntry[] = [];
  for (const entry of open) {
    const found = present.find((one) => one.id === choices.get(entry.recordId)) ?? findEntry(present, nameOf(source, entry));
    if (found && entry.state === 'planned') await markCreated(context.store, [{ id: entry.id, itGlueId: found.id }], 'existing');
    else fresh.push(entry);
  }
  await inParallel(fresh, (entry) => findOrCreate(context, entry, nameOf(source, entry)));
}

async function findOrCreate(context: ExportContext, entry: LedgerEntry, name: string): Promise<void> {
  const { store, target, signal } = context;
  let state: 'created' | 'existing' = 'existing';
  try {
    const id = await sharedEntry(context, 'manufacturer', name, {
      create: async () => {
        const got = await target.api.manufacturers.getOrCreate(name, {
          signal,
          beforeCreate: () => markIntended(store, [entry.id], new Date(target.api.serverClock.earliest(Date.now()))),
        });
        // One that was intended before and is there now is ours, made by the attempt that was interrupted.
        state = got.how === 'existing' && entry.state === 'planned' ? 'existing' : 'created';
        return got.id;
      },
      stillThere: async (known) => (await target.api.manufacturers.list({ signal })).some((one) => one.id === known),
    });
    await markCreated(store, [{ id: entry.id, itGlueId: id }], state);
  } catch (error) {
    if (!(error instanceof ItGlueError) || error.kind !== 'invalid') throw error;
    await markFailed(store, entry.id, refusalsOf(error));
  }
  context.alive();
}

function nameOf(source: ReadonlyMap<string, SourceRecord>, entry: LedgerEntry): string {
  const name = source.get(entry.recordId)?.content['name'];
  if (typeof name !== 'string') throw new Blocked('internal');
  return name;
}
