import { kindOf, type AnyKind, type KindName } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { Prisma } from '../../prisma/generated/client.js';
import { appendAudit } from '../audit.js';
import { clientRow, ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, isUniqueViolation, type Store, type StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import { clearPageAnswer } from '../page-answers.js';
import { endStandInByOwner } from '../page-stand-ins.js';
import { partyOf, recordLimit, refuseIfSent, touchClient } from '../records.js';
import { settleImported } from '../remarks.js';
import { countStaged } from './staged.js';

/** Blocks that one statement writes: the largest import is several statements, each well within its deadline. */
const portion = 40;

/** How long the largest import may take to write. */
const longestMs = 120_000;

/**
 * Writes a run in one transaction: all that it holds or nothing, and once. Nothing of the client may have changed since the run
 * was worked out.
 * @param details what the history keeps: numbers only
 * @throws {Refusal} `stale_preview` when something changed meanwhile; `already_decided` when it was carried out before
 */
export async function applyStaged(
  store: Store,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  applied: { importId: string; run: string; revision: number; dataVersion: number; expected: { new: number; change: number }; details: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { importId, run } = applied;
  try {
    await inTransaction(store, async (context) => {
      const stage = await touchClient(context, client, kind.section);
      if (stage === 'export_blocked') await refuseIfSent(context, client, await changedBy(context, importId, run));
      await endStandInByOwner(context, client, actor, kind);
      await closeImport(context, client, applied);
      const { version } = await context.db.client.findFirstOrThrow({ where: clientRow(client), select: { version: true } });
      const staged = await countStaged(context, importId, run);
      if (version !== applied.dataVersion + 1 || staged.new !== applied.expected.new || staged.change !== applied.expected.change) throw changedMeanwhile();
      const first = await firstPositions(context, client, importId, run);
      const last = await context.db.importBlock.count({ where: { importId, run } });
      for (let from = 0; from < last; from += portion) {
        const blocks = blocksOf(importId, run, from);
        if (staged.new > 0) await insertBlocks(context, client, actor, blocks, first);
        if (staged.change > 0) await updateBlocks(context, client, actor, blocks);
      }
      if (staged.change > 0) await settleImported(context, client, actor, importId, run);
      await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party: partyOf(actor), action: 'record.imported', details: { kind: kind.name, ...applied.details } });
    }, longestMs);
  } catch (error) {
    if (isUniqueViolation(error)) throw new Refusal('name_taken', `Two ${kind.plural.toLowerCase()} would have the same name: a row gives a record the name of another one`);
    throw error;
  }
}

/** Ids of the records that a run changes. */
async function changedBy(context: StoreContext, importId: string, run: string): Promise<string[]> {
  const rows = await context.db.$queryRaw<{ id: string }[]>`
    SELECT unnest("recordIds") AS "id" FROM "ImportBlock" WHERE "importId" = ${importId}::uuid AND "run" = ${run}::uuid AND "action" = 'change'`;
  return rows.map(({ id }) => id);
}

const changedMeanwhile = () => new Refusal('stale_preview', 'The data of the client changed meanwhile; look at the import again');

async function closeImport(context: StoreContext, client: ClientKey, { importId, run, revision }: { importId: string; run: string; revision: number }): Promise<void> {
  const { count } = await context.db.import.updateMany({ where: { ...ofClient(client), id: importId, run, revision, state: 'ready' }, data: { state: 'done' } });
  if (count === 0) throw new Refusal('already_decided', 'The import was changed or carried out meanwhile');
}

/** For each kind the position after which new records stand. */
async function firstPositions(context: StoreContext, client: ClientKey, importId: string, run: string): Promise<Readonly<Record<string, number>>> {
  const added = await context.db.importBlock.groupBy({ by: ['kind'], where: { importId, run, action: 'new' }, _sum: { rows: true } });
  const first: Record<string, number> = {};
  for (const { kind, _sum } of added) {
    const present = await context.db.record.aggregate({ where: { ...ofClient(client), kind }, _count: true, _max: { position: true } });
    if (present._count + (_sum.rows ?? 0) > recordLimit) throw new Refusal('limit_reached', `A client may have at most ${recordLimit} ${kindOf(kind as KindName).plural}`);
    if (present._count === 0) await clearPageAnswer(context, client, kindOf(kind as KindName));
    first[kind] = (present._max.position ?? 0) + 1;
  }
  return first;
}

/**
 * The rows of some blocks, each with its block. What lies outside of the table's own rows is fetched once a block, hence the
 * concatenation: without it, it would be fetched for every row.
 */
const blocksOf = (importId: string, run: string, from: number) => Prisma.sql`
  "ImportBlock" b
  CROSS JOIN LATERAL (SELECT b."contents" || ''::bytea AS "contents", b."marks" || ''::bytea AS "marks", b."references" || '{}'::text[] AS "references" OFFSET 0) d
  CROSS JOIN LATERAL unnest(b."recordIds", b."versions", b."nameHashes", b."sourceHashes", b."links", b."contentStarts", b."contentLengths", b."marksStarts", b."marksLengths", b."filled")
    WITH ORDINALITY AS s("recordId", "version", "nameHash", "sourceHash", "link", "contentStart", "contentLength", "marksStart", "marksLength", "filled", "at")
  WHERE b."importId" = ${importId}::uuid AND b."run" = ${run}::uuid AND b."sequence" >= ${from} AND b."sequence" < ${from + portion}`;

async function insertBlocks(context: StoreContext, client: ClientKey, actor: Actor, blocks: Prisma.Sql, first: Readonly<Record<string, number>>): Promise<void> {
  const now = new Date();
  await context.db.$executeRaw`
    INSERT INTO "Record" ("id", "tenantId", "clientId", "kind", "section", "position", "version", "nameHash", "sourceHash", "references", "content", "marks", "filled", "required", "createdAt", "createdBy", "createdFor", "updatedAt", "updatedBy")
    SELECT s."recordId", ${client.tenantId}::uuid, ${client.clientId}::uuid, b."kind", b."section", (${JSON.stringify(first)}::jsonb ->> b."kind")::int + b."first" + s."at"::int - 1, 1,
      s."nameHash", s."sourceHash", d."references"[s."link"]::jsonb, substring(d."contents" FROM s."contentStart" FOR s."contentLength"), substring(d."marks" FROM s."marksStart" FOR s."marksLength"),
      s."filled", b."required", ${now}::timestamptz, ${actor.userId}::uuid, ${partyOf(actor)}, ${now}::timestamptz, ${actor.userId}::uuid
    FROM ${blocks} AND b."action" = 'new'`;
}

async function updateBlocks(context: StoreContext, client: ClientKey, actor: Actor, blocks: Prisma.Sql): Promise<void> {
  const now = new Date();
  await context.db.$executeRaw`
    UPDATE "Record" r SET "version" = r."version" + 1, "nameHash" = c."nameHash", "sourceHash" = COALESCE(c."sourceHash", r."sourceHash"), "references" = c."references",
      "content" = c."content", "marks" = c."marks", "filled" = c."filled", "required" = c."required", "updatedAt" = ${now}::timestamptz, "updatedBy" = ${actor.userId}::uuid
    FROM (
      SELECT s."recordId", s."version", s."nameHash", s."sourceHash", d."references"[s."link"]::jsonb AS "references", substring(d."contents" FROM s."contentStart" FOR s."contentLength") AS "content",
        substring(d."marks" FROM s."marksStart" FOR s."marksLength") AS "marks", s."filled", b."required"
      FROM ${blocks} AND b."action" = 'change'
    ) c
    WHERE r."id" = c."recordId" AND r."clientId" = ${client.clientId}::uuid AND r."tenantId" = ${client.tenantId}::uuid AND r."version" = c."version"`;
}
