import { attributesOf, distinctBatches, type Attributes, type Resource } from '../../domain/it-glue/index.js';
import type { ItGlueRecord } from '../../it-glue/index.js';
import type { LedgerEntry } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { sendBatch, settle, standardIdentity, type Channel, type Intent, type Outgoing } from './batches.js';
import { openResolver, readSource, unitOf, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { organizationIdOf } from './organization.js';
import { mustProvePasswordAccess, provePasswordAccess } from './password-access.js';
import { readyEntries } from './waiting.js';

/** Records in one bulk request: 50 is what other clients found safe (it-glue-api.md section 4). */
export const batchSize = 50;
/** Entries that are worked on at a time. */
const portion = 1_000;

type OrganizationResource = 'location' | 'contact' | 'configuration' | 'password';

const family = { location: 'locations', contact: 'contacts', configuration: 'configurations', password: 'passwords' } as const;

/** Creates the records of one kind in the new organization, in bulk, going on from the ledger. */
export async function exportRecords(context: ExportContext, resource: OrganizationResource): Promise<void> {
  const organizationId = organizationIdOf(context);
  const [channel, first] = await Promise.all([organizationId.then((id) => organizationChannel(context, resource, id)), readyEntries(context, resource, portion)]);
  const prove = resource === 'password' && mustProvePasswordAccess(context);
  if (prove) await provePasswordAccess(context, first.entries, (entry) => sendEntries(context, channel, [entry]));
  const seen = new Set<string>();
  for (let ready = prove ? await readyEntries(context, resource, portion) : first; ; ready = await readyEntries(context, resource, portion + seen.size)) {
    const entries = ready.entries.filter((entry) => !seen.has(entry.id));
    if (entries.length === 0) return;
    for (const entry of entries) seen.add(entry.id);
    await sendEntries(context, channel, entries);
    if (ready.rest === 'none') return;
  }
}

async function sendEntries(context: ExportContext, channel: Channel<Attributes>, entries: readonly LedgerEntry[]): Promise<void> {
  const source = await readSource(context, entries);
  const resolver = await openResolver(context, source.values());
  const outgoing = entries.map((entry): Outgoing => {
    const record = source.get(entry.recordId);
    if (!record) throw new Blocked('internal');
    const sent = attributesOf(unitOf(entry), record, resolver);
    return { entry, sent, identity: channel.identity(sent) };
  });

  // A worker died after these were sent: what became of them is settled before anything else of the kind is sent.
  const interrupted = outgoing.filter(({ entry }) => entry.state === 'intended');
  const missing = interrupted.length > 0 ? await settle(context, channel, interrupted, context.target.settleDelaysMs) : [];

  const fresh = outgoing.filter(({ entry }) => entry.state === 'planned');
  for (const round of distinctBatches([...missing, ...fresh], (one) => one.identity, batchSize)) {
    await inParallel(round, (batch) => sendBatch(context, channel, batch), { ended: () => context.moved('settled') });
  }
}

function organizationChannel(context: ExportContext, resource: OrganizationResource, organizationId: string): Channel<Attributes> {
  const { signal } = context;
  // One shape for four families: their attribute types differ, their routes do not.
  const api = context.target.api[family[resource]] as unknown as {
    createMany(id: string, records: readonly Attributes[], options: Intent): Promise<ItGlueRecord<object>[]>;
    list(id: string, options: { signal: AbortSignal }): Promise<ItGlueRecord<object>[]>;
  };
  return {
    resource: resource satisfies Resource,
    create: (sent, intent) => api.createMany(organizationId, sent, intent),
    list: () => api.list(organizationId, { signal }),
    identity: standardIdentity(resource),
  };
}
