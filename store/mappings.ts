import type { ListEntry, MappedList, WordChoice } from '../domain/it-glue/index.js';
import type { Actor } from '../domain/roles.js';
import { stageWords, type Stage } from '../domain/stages.js';
import { appendAudit } from './audit.js';
import { lockClient, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { Refusal } from './errors.js';
import { partyOf } from './records.js';

/** A word of one of the account's lists. */
export interface ListWord {
  readonly list: MappedList;
  readonly word: string;
}

/** What a person said a word means. */
export type MappingDecision = ListWord & WordChoice;

/** What was said about words, by `wordKey`. */
export type WordChoices = ReadonlyMap<string, WordChoice>;

export const wordKey = ({ list, word }: ListWord): string => `${list}\u001f${word}`;

/** Stages in which a choice could no longer be followed, or would change what is being created. */
const tooLate: readonly Stage[] = ['exporting', 'retention', 'purged', 'deleted'];

const tenantOwner = (tenantId: string) => ({ tenantId, clientId: null });
const memoryPlace = (list: string, wordHash: string) => ({ table: 'WordMemory', row: `${list}/${wordHash}`, field: 'content' });
const choicePlace = (clientId: string, list: string, wordHash: string) => ({ table: 'WordChoice', row: `${clientId}/${list}/${wordHash}`, field: 'content' });

/**
 * Keeps what a person said words mean: for this client's export, and for every later client of the tenant.
 * @throws {Refusal} `wrong_stage` while an export runs and after it
 */
export async function decideMappings(store: Store, client: ClientKey, actor: Actor, decisions: readonly MappingDecision[]): Promise<void> {
  await inTransaction(store, async (context) => {
    const { stage } = await lockClient(context, client);
    if (tooLate.includes(stage as Stage)) throw new Refusal('wrong_stage', `Not possible now: ${stageWords[stage as Stage]}`);
    for (const decision of decisions) {
      await keepChoice(context, client, actor.userId, decision, 'replace');
      await remember(context, client.tenantId, actor.userId, decision);
    }
    await appendAudit(context, {
      ...ofClient(client),
      actorId: actor.userId,
      party: partyOf(actor),
      action: 'mapping.decided',
      details: { mappings: decisions.map(({ list, word, entry }) => ({ list, word, entry: entry?.name ?? null })).slice(0, 200), count: decisions.length },
    });
  });
}

/** Keeps what a preview showed and nobody contradicted, so that the export does just that. In the caller's transaction. */
export async function adoptMappings(context: StoreContext, client: ClientKey, actorId: string, shown: readonly MappingDecision[]): Promise<void> {
  for (const decision of shown) await keepChoice(context, client, actorId, decision, 'keep');
}

/** What was said about these words for this client. */
export async function mappingChoices(context: StoreContext, client: ClientKey, words: readonly ListWord[]): Promise<WordChoices> {
  const rows = await context.db.wordChoice.findMany({ where: ofClient(client), select: { list: true, wordHash: true, content: true } });
  const known = new Map(rows.map((row) => [`${row.list}/${row.wordHash}`, row]));
  return readChoices(context, client.tenantId, words, async (key) => {
    const row = known.get(`${key.list}/${key.wordHash}`);
    return row && context.vault.openJson<WordChoice>(ofClient(client), choicePlace(client.clientId, key.list, key.wordHash), row.content);
  });
}

/** What was said about these words for any client of the tenant before. */
export async function rememberedMappings(context: StoreContext, tenantId: string, words: readonly ListWord[]): Promise<WordChoices> {
  const hashes = words.map((one) => hashOf(context, tenantId, one));
  const rows = await context.db.wordMemory.findMany({ where: { tenantId, wordHash: { in: hashes } } });
  const known = new Map(rows.map((row) => [`${row.list}/${row.wordHash}`, row]));
  return readChoices(context, tenantId, words, async (key) => {
    const row = known.get(`${key.list}/${key.wordHash}`);
    return row && context.vault.openJson<WordChoice>(tenantOwner(tenantId), memoryPlace(key.list, key.wordHash), row.content);
  });
}

async function readChoices(
  context: StoreContext,
  tenantId: string,
  words: readonly ListWord[],
  open: (key: { list: string; wordHash: string }) => Promise<WordChoice | undefined>,
): Promise<WordChoices> {
  const choices = new Map<string, WordChoice>();
  for (const one of words) {
    const choice = await open({ list: one.list, wordHash: hashOf(context, tenantId, one) });
    if (choice) choices.set(wordKey(one), { entry: choice.entry });
  }
  return choices;
}

async function keepChoice(context: StoreContext, client: ClientKey, decidedBy: string, { list, word, entry }: MappingDecision, over: 'replace' | 'keep'): Promise<void> {
  const wordHash = hashOf(context, client.tenantId, { list, word });
  const content = await context.vault.sealJson(ofClient(client), choicePlace(client.clientId, list, wordHash), { entry } satisfies { entry: ListEntry | null });
  const data = { content, decidedBy, decidedAt: new Date() };
  await context.db.wordChoice.upsert({
    where: { clientId_list_wordHash: { clientId: ofClient(client).clientId, list, wordHash } },
    create: { ...ofClient(client), list, wordHash, ...data },
    update: over === 'replace' ? data : {},
  });
}

async function remember(context: StoreContext, tenantId: string, decidedBy: string, { list, word, entry }: MappingDecision): Promise<void> {
  const wordHash = hashOf(context, tenantId, { list, word });
  const content = await context.vault.sealJson(tenantOwner(tenantId), memoryPlace(list, wordHash), { word, entry });
  const data = { content, decidedBy, decidedAt: new Date() };
  await context.db.wordMemory.upsert({ where: { tenantId_list_wordHash: { tenantId, list, wordHash } }, create: { tenantId, list, wordHash, ...data }, update: data });
}

const hashOf = (context: StoreContext, tenantId: string, { list, word }: ListWord) => context.vault.nameHash(`word|${list}|${tenantId}`, word);
