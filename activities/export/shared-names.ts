import { setTimeout as sleep } from 'node:timers/promises';
import { claimName, claimNames, markNameSent, releaseName, settledIds, settleName, settleNames, type SharedList } from '../../store/index.js';
import { ItGlueError } from '../../it-glue/index.js';
import type { ExportContext } from './context.js';

/** How long one export waits for another one that is creating the same name, before it asks again later. */
const waitMs = 150_000;
const lookEveryMs = 500;
/** How often a claim is made fresh, well within the time after which others take it over. */
export const refreshEveryMs = 20_000;

/**
 * Finds or creates an entry of a list that all organizations share, so that exports that run at the same time end with one
 * entry. Whoever claims the name first works on it; the others wait for its id. A claim is the client's, so that a run that goes on
 * after a stop need not wait for the one before; which attempt may send is said by its hold.
 * @param work `create` finds or creates it in IT Glue, `beforeSend` being awaited right before a request that creates leaves; `find`
 *   looks for it; `stillThere` tells whether an id that we remember still exists
 */
export async function sharedEntry(
  context: ExportContext,
  list: SharedList,
  key: string,
  work: { create: (beforeSend: () => Promise<void>) => Promise<string>; find: () => Promise<string | null>; stillThere: (id: string) => Promise<boolean> },
): Promise<string> {
  const { store, signal } = context;
  const name = { tenantId: context.client.tenantId, list, key };
  const until = Date.now() + waitMs;
  for (;;) {
    context.safePoint();
    const claim = await claimName(store, name, context.client.clientId);
    switch (claim.state) {
      case 'known':
        // Entries can be merged or removed by hand in IT Glue's own screens: what we remember must still be true.
        if (await work.stillThere(claim.itGlueId)) return claim.itGlueId;
        await releaseName(store, name);
        continue;
      case 'ours':
        return (claim.sent && (await findSent(context, name, work.find))) || createOwned(context, name, work.create);
      case 'theirs':
        if (Date.now() > until) throw new Error('Another export holds a name of a shared list for too long');
        await sleep(lookEveryMs, undefined, { signal });
    }
  }
}

type Name = Parameters<typeof claimName>[1];

/** An attempt that ended, or stands still, has sent the name: it is looked for as long as that request may still be carried out. */
async function findSent(context: ExportContext, name: Name, find: () => Promise<string | null>): Promise<string | null> {
  for (const delay of context.target.settleDelaysMs) {
    await sleep(delay, undefined, { signal: context.signal });
    context.alive();
    const id = await find();
    if (id === null) continue;
    await settleName(context.store, name, id);
    return id;
  }
  return null;
}

async function createOwned(context: ExportContext, name: Name, create: (beforeSend: () => Promise<void>) => Promise<string>): Promise<string> {
  const { store, hold } = context;
  const claimant = context.client.clientId;
  // Claiming again keeps the claim fresh, so that nobody takes it over while IT Glue makes us wait.
  const refresh = setInterval(() => void claimName(store, name, claimant).catch(() => undefined), refreshEveryMs);
  try {
    const id = await create(async () => {
      context.safePoint();
      await markNameSent(store, name, claimant, hold);
    });
    await settleName(store, name, id);
    return id;
  } catch (error) {
    if (error instanceof ItGlueError && error.effect === 'none') await releaseName(store, name);
    throw error;
  } finally {
    clearInterval(refresh);
  }
}

/** A make or model on its way, as far as its claim is concerned. `chosen`: the existing entry that a person said it is. */
interface Claimed {
  readonly entry: { readonly recordId: string };
  /** The name that is claimed. */
  readonly claim: string;
  readonly chosen: string | null;
}

/**
 * Claims the names of all, at once. `known`: those that should be in the account already, since an export has found or created
 * them or a person has chosen an existing one. `theirs`: another export is about to create them.
 */
export async function claimAll<T extends Claimed>(context: ExportContext, list: 'manufacturer' | 'model', all: readonly T[]): Promise<{ ours: T[]; known: Set<T>; theirs: T[] }> {
  const open = all.filter(({ chosen }) => chosen === null);
  const claims = await claimNames(context.store, { tenantId: context.client.tenantId, list }, open.map(({ claim }) => claim), context.client.clientId);
  const inState = (state: (typeof claims)[number]['state']) => open.filter((_one, index) => claims[index]!.state === state);
  return { ours: inState('ours'), known: new Set([...all.filter(({ chosen }) => chosen !== null), ...inState('known')]), theirs: inState('theirs') };
}

/** What was created or found is remembered; a refused name is given up. A name that is still open stays claimed for the next attempt. */
export async function settleClaims(context: ExportContext, list: 'manufacturer' | 'model', all: readonly Claimed[]): Promise<void> {
  const { store, client } = context;
  const name = { tenantId: client.tenantId, list };
  const ids = await settledIds(store, client, [list]);
  const idOf = ({ entry }: Claimed) => ids.get(`${list}/${entry.recordId}`);
  await settleNames(store, name, all.flatMap((one) => (idOf(one) ? [{ key: one.claim, itGlueId: idOf(one)! }] : [])));
  const open = all.filter((one) => !idOf(one));
  if (open.length === 0) return;
  const refused = await store.db.ledgerEntry.findMany({
    where: { ...client, resource: list, state: 'failed', recordId: { in: open.map(({ entry }) => entry.recordId) } },
    select: { recordId: true },
  });
  const gone = new Set(refused.map(({ recordId }) => recordId));
  for (const one of open) if (gone.has(one.entry.recordId)) await releaseName(store, { ...name, key: one.claim });
}
