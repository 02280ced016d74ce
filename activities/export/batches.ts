import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, type Attributes, type Resource } from '../../domain/it-glue/index.js';
import { ItGlueError, type CallOptions, type ItGlueRecord } from '../../it-glue/index.js';
import { markCreated, markFailed, markIntended, markPlanned, type LedgerEntry } from '../../store/index.js';
import type { ExportContext } from './context.js';
import { refusalsOf } from './refusals.js';

/** One record on its way: its ledger entry, what is sent, and the text it is recognised by afterwards. */
export interface Outgoing<Sent = Attributes> {
  readonly entry: LedgerEntry;
  readonly sent: Sent;
  readonly identity: string;
}

/** Options of every request that creates something: writes the intent into the ledger when the request is about to leave. */
export type Intent = Required<Pick<CallOptions, 'signal' | 'patience' | 'beforeSend' | 'turn'>>;

export function intentOf({ store, target, hold, safePoint, signal, stop, turns, moved }: ExportContext, entries: readonly LedgerEntry[]): Intent {
  const ids = entries.map((entry) => entry.id);
  /** A person may have stopped the export while the request waited: then nobody needs to look for its records. */
  const goOn = async () => {
    try {
      safePoint();
    } catch (error) {
      await markPlanned(store, hold, ids);
      throw error;
    }
  };
  return {
    signal,
    patience: stop,
    async beforeSend() {
      await goOn();
      await markIntended(store, hold, ids, new Date(target.api.serverClock.earliest(Date.now())));
    },
    async turn() {
      const leave = await turns();
      await goOn().catch((error: unknown) => {
        leave();
        throw error;
      });
      moved('sent');
      return leave;
    },
  };
}

/** How one kind of record is sent and listed. */
export interface Channel<Sent> {
  readonly resource: Resource;
  /** Sends all in one request; the answer may come in any order. */
  create(sent: readonly Sent[], intent: Intent): Promise<readonly ItGlueRecord<object>[]>;
  /** Everything of the kind that is in the new organization (or under the parent). */
  list(): Promise<readonly ItGlueRecord<object>[]>;
  /** The text that a listed record is recognised by. */
  identity(attributes: Readonly<Record<string, unknown>>): string;
}

export const standardIdentity = (resource: Resource) => (attributes: Readonly<Record<string, unknown>>) => identityOf(resource, attributes);

/**
 * Creates the records of one batch, whose identities all differ. The ledger is written just before the request; a refusal is
 * narrowed down to its record by halving; an unknown outcome is settled by listing, never by a second blind request.
 */
export async function sendBatch<Sent>(context: ExportContext, channel: Channel<Sent>, batch: readonly Outgoing<Sent>[]): Promise<void> {
  if (batch.length === 0) return;
  context.safePoint();
  try {
    const created = await channel.create(batch.map(({ sent }) => sent), intentOf(context, batch.map(({ entry }) => entry)));
    await markCreated(context.store, matchAnswer(channel, batch, created));
    context.alive();
  } catch (error) {
    // Stopped while it waited for the rate limit: nothing is under way.
    if (context.stop.aborted && error === context.stop.reason) await markPlanned(context.store, context.hold, batch.map(({ entry }) => entry.id));
    if (!(error instanceof ItGlueError)) throw error;
    await recover(context, channel, batch, error);
  }
}

async function recover<Sent>(context: ExportContext, channel: Channel<Sent>, batch: readonly Outgoing<Sent>[], error: ItGlueError): Promise<void> {
  if (error.isStrayPage) {
    // No record is to blame: they are sent again by the step's next attempt.
    const left = await settle(context, channel, batch, [0]);
    if (left.length > 0) throw error;
    return;
  }
  switch (error.kind) {
    case 'unknownOutcome': {
      // Thrown on when records are missing: the step is tried again and sends them then, after all the waiting.
      const left = await settle(context, channel, batch, context.target.settleDelaysMs);
      if (left.length > 0) throw error;
      return;
    }
    case 'invalid':
    case 'noAccess':
    case 'tooLarge':
    case 'notFound': {
      // Whether the good ones of a refused batch were written is not documented: look before going on.
      // A model that somebody else has added just now is refused, too.
      const left = error.effect === 'unknown' || channel.resource === 'model' ? await settle(context, channel, batch, [0]) : batch;
      if (left.length === 1 && batch.length === 1) return markFailed(context.store, left[0]!.entry.id, refusalsOf(error));
      // Nothing of them is there: should the step end here, nobody needs to look for them again.
      await markPlanned(context.store, context.hold, left.map(({ entry }) => entry.id));
      const middle = Math.ceil(left.length / 2);
      await sendBatch(context, channel, left.slice(0, middle));
      return sendBatch(context, channel, left.slice(middle));
    }
    case 'badKey':
    case 'rateLimited':
    case 'busy':
      await markPlanned(context.store, context.hold, batch.map(({ entry }) => entry.id));
      throw error;
  }
}

/**
 * Finds out which records of a batch exist, looking after each delay (ms) until all are found.
 * @returns those that are not there; they are `planned` again
 */
export async function settle<Sent>(
  context: ExportContext,
  channel: Channel<Sent>,
  batch: readonly Outgoing<Sent>[],
  delays: readonly number[],
): Promise<readonly Outgoing<Sent>[]> {
  let left = batch;
  for (const delay of delays) {
    await sleep(delay, undefined, { signal: context.signal });
    context.alive();
    left = await adopt(context, channel, left);
    if (left.length === 0) return left;
  }
  await markPlanned(context.store, context.hold, left.map(({ entry }) => entry.id));
  return left;
}

/** Matches listed records that no ledger entry claims yet to outgoing ones by identity. */
async function adopt<Sent>(context: ExportContext, channel: Channel<Sent>, batch: readonly Outgoing<Sent>[]): Promise<readonly Outgoing<Sent>[]> {
  const listed = await channel.list();
  const claimed = await claimedIds(context, channel.resource);
  const free = new Map<string, string[]>();
  for (const { id, attributes } of listed) {
    if (claimed.has(id)) continue;
    const key = channel.identity(attributes as Record<string, unknown>);
    free.set(key, [...(free.get(key) ?? []), id]);
  }
  const found: { id: string; itGlueId: string }[] = [];
  const left = batch.filter((outgoing) => {
    const id = free.get(outgoing.identity)?.shift();
    if (id === undefined) return true;
    found.push({ id: outgoing.entry.id, itGlueId: id });
    return false;
  });
  await markCreated(context.store, found);
  return left;
}

async function claimedIds(context: ExportContext, resource: Resource): Promise<Set<string>> {
  const rows = await context.store.db.ledgerEntry.findMany({
    where: { ...context.client, resource, itGlueId: { not: null } },
    select: { itGlueId: true },
  });
  return new Set(rows.map((row) => row.itGlueId!));
}

/**
 * Gives each sent record its id. The order of an answer is not promised: records are matched by identity. Those that are left, of which
 * the answer gives too little back or something else, are matched by their place among themselves.
 */
function matchAnswer<Sent>(channel: Channel<Sent>, batch: readonly Outgoing<Sent>[], created: readonly ItGlueRecord<object>[]): { id: string; itGlueId: string }[] {
  const free = new Map<string, string[]>();
  for (const { id, attributes } of created) {
    const key = channel.identity(attributes as Record<string, unknown>);
    free.set(key, [...(free.get(key) ?? []), id]);
  }
  const matched = batch.map(({ entry, identity }) => ({ id: entry.id, itGlueId: free.get(identity)?.shift() }));
  const taken = new Set(matched.map(({ itGlueId }) => itGlueId));
  const rest = created.filter(({ id }) => !taken.has(id));
  return matched.map(({ id, itGlueId }) => ({ id, itGlueId: itGlueId ?? rest.shift()!.id }));
}
