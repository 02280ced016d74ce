import type { Store, StoreContext } from './context.js';
import { heldStep, StepTaken, type StepHold } from './export-steps.js';

/** Lists that all organizations of an IT Glue account share. A model is named together with its manufacturer's id. */
export type SharedList = 'manufacturer' | 'model' | 'configuration_type' | 'configuration_status' | 'contact_type' | 'password_category';

/** A name of one of the lists; `key` is the name itself, compared without case. */
export interface SharedName {
  readonly tenantId: string;
  readonly list: SharedList;
  readonly key: string;
}

export type Claim =
  /** The name is ours to create; nobody else will until the claim is settled or stale. `sent`: a request for it left before. */
  | { readonly state: 'ours'; readonly sent?: true }
  /** Another export is creating it right now. */
  | { readonly state: 'theirs' }
  | { readonly state: 'known'; readonly itGlueId: string };

/** A claim whose owner has not settled it for this long is taken over: its worker died. */
const staleAfterSeconds = 120;

/** Claims one name; see `claimNames`. */
export async function claimName(store: Store, name: SharedName, claimant: string): Promise<Claim> {
  return (await claimNames(store, name, [name.key], claimant))[0]!;
}

/**
 * Claims names of a shared list before they are created, so that two exports that need the same new one end with one. The same
 * claimant claiming again (a retry) keeps its claim. One answer for each key, in their order; equal names share one.
 */
export async function claimNames(store: Store, list: Omit<SharedName, 'key'>, keys: readonly string[], claimant: string): Promise<Claim[]> {
  const hashes = keys.map((key) => hashOf(store, { ...list, key }));
  // Always in the same order: two exports that claim the same names must not wait for each other.
  const distinct = [...new Set(hashes)].sort();
  const rows = await store.db.$queryRaw<{ nameHash: string; itGlueId: string | null; claimedBy: string; sent: boolean }[]>`
    INSERT INTO "SharedName" ("tenantId", "resource", "nameHash", "claimedBy")
    SELECT ${list.tenantId}::uuid, ${list.list}, h."nameHash", ${claimant}::uuid FROM unnest(${distinct}::text[]) AS h("nameHash")
    ON CONFLICT ("tenantId", "resource", "nameHash") DO UPDATE SET
      "claimedBy" = CASE WHEN "SharedName"."state" = 'intended' AND "SharedName"."claimedAt" < now() - make_interval(secs => ${staleAfterSeconds})
        THEN EXCLUDED."claimedBy" ELSE "SharedName"."claimedBy" END,
      "claimedAt" = CASE WHEN "SharedName"."claimedBy" = EXCLUDED."claimedBy"
        OR "SharedName"."state" = 'intended' AND "SharedName"."claimedAt" < now() - make_interval(secs => ${staleAfterSeconds})
        THEN now() ELSE "SharedName"."claimedAt" END
    RETURNING "nameHash", "itGlueId", "claimedBy"::text, "sentAt" IS NOT NULL AS "sent"`;
  const claimOf = ({ itGlueId, claimedBy, sent }: (typeof rows)[number]): Claim => {
    if (itGlueId) return { state: 'known', itGlueId };
    return claimedBy === claimant ? { state: 'ours', ...(sent && { sent }) } : { state: 'theirs' };
  };
  const claims = new Map(rows.map((row) => [row.nameHash, claimOf(row)]));
  return hashes.map((hash) => claims.get(hash)!);
}

/**
 * Must be written right before a request that creates the claimed name goes out.
 * @throws {StepTaken} and nothing may be sent, when another attempt of the step, or another export, works on the name now
 */
export async function markNameSent(store: StoreContext, name: SharedName, claimant: string, hold: StepHold): Promise<void> {
  const count = await store.db.$executeRaw`
    WITH held AS (${heldStep(hold)})
    UPDATE "SharedName" SET "sentAt" = now()
    WHERE "tenantId" = ${name.tenantId}::uuid AND "resource" = ${name.list} AND "nameHash" = ${hashOf(store, name)}
      AND "claimedBy" = ${claimant}::uuid AND "itGlueId" IS NULL AND EXISTS (SELECT 1 FROM held)`;
  if (count !== 1) throw new StepTaken();
}

/** Notes the id of a claimed name. One that is known stays: somebody who lost the claim by being late does not change it. */
export async function settleName(store: StoreContext, name: SharedName, itGlueId: string): Promise<void> {
  await settleNames(store, name, [{ key: name.key, itGlueId }]);
}

/** The same for many names of one list. */
export async function settleNames(store: StoreContext, list: Omit<SharedName, 'key'>, known: readonly { key: string; itGlueId: string }[]): Promise<void> {
  if (known.length === 0) return;
  const hashes = known.map(({ key }) => hashOf(store, { ...list, key }));
  await store.db.$executeRaw`
    UPDATE "SharedName" AS s SET "state" = 'created', "itGlueId" = v."itGlueId"
    FROM unnest(${hashes}::text[], ${known.map(({ itGlueId }) => itGlueId)}::text[]) AS v("nameHash", "itGlueId")
    WHERE s."tenantId" = ${list.tenantId}::uuid AND s."resource" = ${list.list} AND s."nameHash" = v."nameHash" AND s."itGlueId" IS NULL`;
}

/** Gives a claim up: the name was refused, or its id turned out to be gone. */
export async function releaseName(store: StoreContext, name: SharedName): Promise<void> {
  await store.db.sharedName.deleteMany({
    where: { tenantId: name.tenantId, resource: name.list, nameHash: hashOf(store, name) },
  });
}

const hashOf = (store: StoreContext, name: SharedName) =>
  store.vault.nameHash(`${name.list}|${name.tenantId}`, name.key);
