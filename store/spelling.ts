import type { Alias, MakeModel } from '../domain/spelling/index.js';
import { kindOf } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { appendAudit } from './audit.js';
import { clientRow, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { Refusal } from './errors.js';
import { joinRecords, sameNamed } from './merge.js';
import { getRecord, partyOf, refuseIfSent, rewriteRecord } from './records.js';

/** An entry of the account: a manufacturer (model empty) or a model, with its IT Glue id. */
export interface CatalogueEntry extends MakeModel {
  readonly id: string;
}

export interface CatalogueView {
  readonly entries: readonly CatalogueEntry[];
  readonly readAt: Date;
}

/** What was decided about the spelling of one record. */
export type SpellingDecision =
  | { readonly recordId: string; readonly choice: 'use_existing'; readonly itGlueId: string; readonly typed: MakeModel; readonly target: MakeModel }
  | { readonly recordId: string; readonly choice: 'keep_new'; readonly typed: MakeModel; readonly refused: MakeModel | null }
  | { readonly recordId: string; readonly choice: 'correct'; readonly kind: 'make' | 'model'; readonly typed: MakeModel; readonly name: string };

/** Most aliases that are learned for a tenant; the oldest make room. */
const aliasLimit = 20_000;

const tenantOwner = (tenantId: string) => ({ tenantId, clientId: null });

/** Keeps the account's makes and models as they were just read. */
export async function saveCatalogue(context: StoreContext, tenantId: string, entries: readonly CatalogueEntry[]): Promise<void> {
  const content = await context.vault.sealJson(tenantOwner(tenantId), { table: 'Catalogue', row: tenantId, field: 'content' }, entries);
  const readAt = new Date();
  await context.db.catalogue.upsert({ where: { tenantId }, create: { tenantId, content, readAt }, update: { content, readAt } });
}

/** The account's makes and models as they were last read, or null when they never were. */
export async function loadCatalogue(context: StoreContext, tenantId: string): Promise<CatalogueView | null> {
  const row = await context.db.catalogue.findUnique({ where: { tenantId } });
  if (!row) return null;
  const entries = await context.vault.openJson<CatalogueEntry[]>(tenantOwner(tenantId), { table: 'Catalogue', row: tenantId, field: 'content' }, row.content);
  return { entries, readAt: row.readAt };
}

/** When the account's makes and models were last read, or null. */
export async function catalogueAge(context: StoreContext, tenantId: string): Promise<Date | null> {
  return (await context.db.catalogue.findUnique({ where: { tenantId }, select: { readAt: true } }))?.readAt ?? null;
}

/** Everything that the tenant's people decided about spellings, oldest first. */
export async function loadAliases(context: StoreContext, tenantId: string): Promise<Alias[]> {
  const rows = await context.db.spellingAlias.findMany({ where: { tenantId }, orderBy: { decidedAt: 'desc' }, take: aliasLimit });
  const aliases = await Promise.all(
    rows.map((row) =>
      context.vault.openJson<Alias>(tenantOwner(tenantId), { table: 'SpellingAlias', row: row.pairHash, field: 'content' }, row.content),
    ),
  );
  return aliases.reverse();
}

/**
 * Records what a person decided, for this client's export and as aliases for every later one. A make or model that is
 * corrected to the name of another one of the client is joined with it.
 * @returns how many were joined
 */
export async function decideSpelling(store: Store, client: ClientKey, actor: Actor, decisions: readonly SpellingDecision[]): Promise<{ joined: number }> {
  return inTransaction(store, async (context) => {
    let joined = 0;
    for (const decision of decisions) {
      if (decision.choice !== 'correct') await keepChoice(context, client, actor.userId, decision);
      else if ((await correctName(context, client, actor, decision)) === 'joined') joined += 1;
    }
    for (const alias of decisions.flatMap(aliasesOf)) await keepAlias(context, client.tenantId, actor.userId, alias);
    await appendAudit(context, {
      ...ofClient(client),
      actorId: actor.userId,
      party: partyOf(actor),
      action: 'spelling.decided',
      details: { decisions: decisions.map(({ recordId, choice }) => ({ recordId, choice })).slice(0, 200), count: decisions.length },
    });
    return { joined };
  });
}

/** Keeps choices without learning from them: what was preselected and not contradicted. In the caller's transaction. */
export async function adoptChoices(context: StoreContext, client: ClientKey, actorId: string, choices: readonly { recordId: string; itGlueId: string }[]): Promise<void> {
  await context.db.spellingChoice.createMany({
    data: choices.map((choice) => ({ ...ofClient(client), ...choice, choice: 'use_existing', decidedBy: actorId })),
    skipDuplicates: true,
  });
}

/** What was decided for a client, by record: the existing entry's id, or null for a new one. */
export async function spellingChoices(context: StoreContext, client: ClientKey): Promise<Map<string, string | null>> {
  const rows = await context.db.spellingChoice.findMany({ where: ofClient(client) });
  return new Map(rows.map((row) => [row.recordId, row.itGlueId]));
}

async function keepChoice(
  context: StoreContext,
  client: ClientKey,
  decidedBy: string,
  decision: Exclude<SpellingDecision, { choice: 'correct' }>,
): Promise<void> {
  const { recordId, choice } = decision;
  const data = { choice, itGlueId: decision.choice === 'use_existing' ? decision.itGlueId : null, decidedBy, decidedAt: new Date() };
  await context.db.spellingChoice.upsert({
    where: { clientId_recordId: { clientId: client.clientId, recordId } },
    create: { ...ofClient(client), recordId, ...data },
    update: data,
  });
}

/** Corrects a make's or model's name after sign-off: the one change that an export preview may make to the data. */
async function correctName(context: StoreContext, client: ClientKey, actor: Actor, decision: Extract<SpellingDecision, { choice: 'correct' }>): Promise<'renamed' | 'joined'> {
  const { count } = await context.db.client.updateMany({
    where: { ...clientRow(client), stage: { in: ['ready', 'export_blocked'] } },
    data: { version: { increment: 1 }, updatedAt: new Date(), lastActivityAt: new Date() },
  });
  if (count === 0) throw new Refusal('wrong_stage', 'A spelling is corrected here while the client is ready to export; before that, change the record itself');
  const record = await getRecord(context, client, decision.kind, decision.recordId);
  const other = await sameNamed(context, client, record, decision.name);
  if (other) {
    await joinRecords(context, client, actor, record, other);
    return 'joined';
  }
  await refuseIfSent(context, client, [decision.recordId]);
  await rewriteRecord(context, client, actor, kindOf(decision.kind), decision.recordId, { version: null, fields: { name: decision.name }, references: {} });
  await context.db.spellingChoice.deleteMany({ where: { clientId: client.clientId, recordId: decision.recordId } });
  return 'renamed';
}

async function keepAlias(context: StoreContext, tenantId: string, decidedBy: string, alias: Alias): Promise<void> {
  const pair = [alias.typed.manufacturer, alias.typed.model, alias.target.manufacturer, alias.target.model].join('\u001f');
  const pairHash = context.vault.nameHash(`alias|${tenantId}`, pair);
  const content = await context.vault.sealJson(tenantOwner(tenantId), { table: 'SpellingAlias', row: pairHash, field: 'content' }, alias);
  const data = { content, decidedBy, decidedAt: new Date() };
  await context.db.spellingAlias.upsert({ where: { tenantId_pairHash: { tenantId, pairHash } }, create: { tenantId, pairHash, ...data }, update: data });
}

function aliasesOf(decision: SpellingDecision): Alias[] {
  if (decision.choice === 'use_existing') {
    return sameWords(decision.typed, decision.target) ? [] : [{ typed: decision.typed, target: decision.target, decision: 'accepted' }];
  }
  if (decision.choice === 'correct') {
    const target = decision.kind === 'make' ? { manufacturer: decision.name, model: '' } : { ...decision.typed, model: decision.name };
    return sameWords(decision.typed, target) ? [] : [{ typed: decision.typed, target, decision: 'accepted' }];
  }
  return decision.refused ? [{ typed: decision.typed, target: decision.refused, decision: 'refused' }] : [];
}

const sameWords = (a: MakeModel, b: MakeModel) => a.manufacturer === b.manufacturer && a.model === b.model;
