import type { Store, StoreContext } from './context.js';

/** Lists that all organizations of an IT Glue account share. A model is named together with its manufacturer's id. */
export type SharedList = 'manufacturer' | 'model' | 'configuration_type' | 'configuration_status' | 'contact_type' | 'password_category';

export type Claim =
  /** The name is ours to create; nobody else will until the claim is settled or stale. */
  | { readonly state: 'ours' }
  /** Another export is creating it right now. */
  | { readonly state: 'theirs' }
  | { readonly state: 'known'; readonly itGlueId: string };

/** A claim whose owner has not settled it for this long is taken over: its worker died. */
const staleAfterSeconds = 120;

/**
 * Claims a name of a shared list before it is created, so that two exports that need the same new one end with one. The same
 * claimant claiming again (a retry) keeps its claim.
 */
export async function claimName(
  store: Store,
  name: { tenantId: string; list: SharedList; key: string },
  claimant: string,
): Promise<Claim> {
  const nameHash = hashOf(store, name);
  const [row] = await store.db.$queryRaw<{ state: string; itGlueId: string | null; claimedBy: string }[]>`
    INSERT INTO "SharedName" ("tenantId", "resource", "nameHash", "claimedBy")
    VALUES (${name.tenantId}::uuid, ${name.list}, ${nameHash}, ${claimant}::uuid)
    ON CONFLICT ("tenantId", "resource", "nameHash") DO UPDATE SET
      "claimedBy" = CASE WHEN "SharedName"."state" = 'intended' AND "SharedName"."claimedAt" < now() - make_interval(secs => ${staleAfterSeconds})
        THEN EXCLUDED."claimedBy" ELSE "SharedName"."claimedBy" END,
      "claimedAt" = CASE WHEN "SharedName"."claimedBy" = EXCLUDED."claimedBy"
        OR "SharedName"."state" = 'intended' AND "SharedName"."claimedAt" < now() - make_interval(secs => ${staleAfterSeconds})
        THEN now() ELSE "SharedName"."claimedAt" END
    RETURNING "state", "itGlueId", "claimedBy"::text`;
  if (row!.itGlueId) return { state: 'known', itGlueId: row!.itGlueId };
  return { state: row!.claimedBy === claimant ? 'ours' : 'theirs' };
}

/** Notes the id of a claimed name. One that is known stays: somebody who lost the claim by being late does not change it. */
export async function settleName(store: StoreContext, name: { tenantId: string; list: SharedList; key: string }, itGlueId: string): Promise<void> {
  await store.db.sharedName.updateMany({
    where: { tenantId: name.tenantId, resource: name.list, nameHash: hashOf(store, name), itGlueId: null },
    data: { state: 'created', itGlueId },
  });
}

/** Gives a claim up: the name was refused, or its id turned out to be gone. */
export async function releaseName(store: StoreContext, name: { tenantId: string; list: SharedList; key: string }): Promise<void> {
  await store.db.sharedName.deleteMany({
    where: { tenantId: name.tenantId, resource: name.list, nameHash: hashOf(store, name) },
  });
}

const hashOf = (store: StoreContext, name: { tenantId: string; list: SharedList; key: string }) =>
  store.vault.nameHash(`${name.list}|${name.tenantId}`, name.key);
