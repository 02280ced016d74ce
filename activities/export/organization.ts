import { setTimeout as sleep } from 'node:timers/promises';
import { attributesOf, foldKept, type Attributes, type Resolver } from '../../domain/it-glue/index.js';
import { ItGlueError, type OrganizationAttributes } from '../../it-glue/index.js';
import { entryOf, markCreated, markFailed, markPlanned, openEntries, type LedgerEntry } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { readSource, unitOf, type ExportContext } from './context.js';
import { intentOf } from './batches.js';
import { refusalsOf } from './refusals.js';

/** The IT Glue id of the client's organization. Throws when the organization is not there yet. */
export async function organizationIdOf(context: Pick<ExportContext, 'store' | 'client'>): Promise<string> {
  const company = await context.store.db.ledgerEntry.findFirst({
    where: { ...context.client, resource: 'organization', itGlueId: { not: null } },
    select: { itGlueId: true },
  });
  if (!company?.itGlueId) throw new Blocked('records');
  return company.itGlueId;
}

/**
 * Creates the one organization of the client. After an unknown outcome it is looked for by exact name and by creation time
 * not before the intent; it is created again only when it certainly is not there.
 */
export async function exportOrganization(context: ExportContext): Promise<void> {
  const [entry] = await openEntries(context.store, context.client, 'organization', 1);
  if (!entry) return;
  const source = await readSource(context, [entry]);
  const record = source.get(entry.recordId);
  if (!record) throw new Blocked('internal');
  const attributes = attributesOf(unitOf(entry), record, organizationOnly(context));

  if (entry.state === 'intended') {
    if (await settle(context, entry, attributes)) return;
    // It is not there: should the step end here, a person is told so.
    await markPlanned(context.store, context.hold, [entry.id]);
  }
  await create(context, entry, attributes);
}

async function create(context: ExportContext, entry: LedgerEntry, attributes: Attributes): Promise<void> {
  const { store, target, signal } = context;
  // A first answer teaches the server's clock, with which the intent is dated: that to a list which is needed anyway.
  if (target.api.serverClock.offsetMs() === null) await context.lookups.list(target.api, 'contactTypes', signal);
  context.safePoint();
  try {
    const { id } = await target.api.organizations.create(attributes as unknown as OrganizationAttributes, intentOf(context, [entry]));
    await markCreated(store, [{ id: entry.id, itGlueId: id }]);
  } catch (error) {
    if (!(error instanceof ItGlueError)) throw error;
    switch (error.isStrayPage ? 'unknownOutcome' : error.kind) {
      case 'unknownOutcome': {
        const intended = await entryOf(store, context.client, 'organization', entry.recordId);
        if (intended && (await settle(context, intended, attributes))) return;
        throw error;
      }
      case 'invalid':
      case 'tooLarge':
      case 'noAccess':
        await markFailed(store, entry.id, refusalsOf(error));
        throw new Blocked('records');
      default:
        await markPlanned(store, context.hold, [entry.id]);
        throw error;
    }
  }
}

/** Looks several times, since a request that timed out here may still finish there. True when the organization was found. */
async function settle(context: ExportContext, entry: LedgerEntry, attributes: Attributes): Promise<boolean> {
  const { api, settleDelaysMs } = context.target;
  for (const delay of settleDelaysMs) {
    await sleep(delay, undefined, { signal: context.signal });
    context.alive();
    const found = (await api.organizations.findByName(attributes['name'] as string, { signal: context.signal })).filter(
      ({ attributes: { createdAt } }) => createdAt !== null && entry.intendedAt !== null && new Date(createdAt) >= entry.intendedAt,
    );
    const shortName = (given: unknown) => foldKept((given as string | null | undefined) ?? '').trim();
    const same = found.filter((one) => shortName(one.attributes.shortName) === shortName(attributes['shortName']));
    if (same.length > 1) throw new Blocked('unknown_outcome');
    if (same[0]) {
      await markCreated(context.store, [{ id: entry.id, itGlueId: same[0].id }]);
      return true;
    }
  }
  return false;
}

/** An organization refers to its type and status only, which the person chose. */
function organizationOnly(context: ExportContext): Resolver {
  const none = () => null;
  return {
    idOf: none,
    organizationTypeId: context.run.organizationTypeId,
    organizationStatusId: context.run.organizationStatusId,
    configurationTypeId: () => '',
    configurationStatusId: none,
    contactTypeId: none,
    passwordCategoryId: none,
    operatingSystemId: none,
    place: () => ({ countryId: null, regionId: null, unresolvedCountry: null, unresolvedState: null }),
  };
}
