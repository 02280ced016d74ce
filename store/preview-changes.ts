import type { KindName, Section } from '../domain/kinds/index.js';
import { kindOf } from '../domain/kinds/index.js';
import { getClientRow, ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { getLabels } from './labels.js';
import { namesOf } from './names.js';
import { getBound } from './previews.js';

/** A record that is not any more as a preview shows it. */
export interface ChangedRecord {
  readonly change: 'added' | 'changed' | 'removed';
  readonly kind: KindName;
  readonly page: string;
  readonly section: Section;
  readonly recordId: string;
  readonly title: string;
  /** Fields and links that were changed, as far as the history says. */
  readonly fields: readonly string[];
  /** Who changed it last; null when the history does not say. */
  readonly by: { readonly userId: string; readonly name: string } | null;
}

export interface PreviewChanges {
  /** The client's data is not the one that the preview shows. */
  readonly stale: boolean;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** The first of them, in the order of the kinds. */
  readonly records: readonly ChangedRecord[];
}

const mostListed = 200;
const mostHistory = 2_000;

type Difference = Pick<ChangedRecord, 'change' | 'kind' | 'recordId'> & { readonly title?: string; readonly by: string | null };

/** What has changed since a preview was made: which records, which of their fields, by whom. Null when it is not ready. */
export async function changesSince(context: StoreContext, client: ClientKey, previewId: string): Promise<PreviewChanges | null> {
  const preview = await context.db.preview.findFirst({ where: { id: previewId, ...ofClient(client), state: 'ready' }, select: { dataVersion: true } });
  if (!preview) return null;
  const { records: bound, createdAt } = await getBound(context, client, previewId);
  if (preview.dataVersion === (await getClientRow(context, client)).version) return { stale: false, added: 0, changed: 0, removed: 0, records: [] };
  const now = await context.db.record.findMany({
    where: ofClient(client),
    select: { id: true, version: true, kind: true, updatedBy: true },
    orderBy: [{ kind: 'asc' }, { position: 'asc' }],
  });
  const differences = compare(bound, now);
  const count = (change: ChangedRecord['change']) => differences.filter((one) => one.change === change).length;
  return {
    stale: true,
    added: count('added'),
    changed: count('changed'),
    removed: count('removed'),
    records: await describe(context, client, differences.slice(0, mostListed), createdAt),
  };
}

function compare(bound: Awaited<ReturnType<typeof getBound>>['records'], now: readonly { id: string; version: number; kind: string; updatedBy: string }[]): Difference[] {
  const before = new Map(bound.map(([id, version]) => [id, version]));
  const present = new Set(now.map((row) => row.id));
  const kept = now
    .filter((row) => before.get(row.id) !== row.version)
    .map((row): Difference => ({ change: before.has(row.id) ? 'changed' : 'added', kind: row.kind as KindName, recordId: row.id, by: row.updatedBy }));
  const gone = bound.filter(([id]) => !present.has(id)).map(([recordId, , kind, title]): Difference => ({ change: 'removed', kind, recordId, title, by: null }));
  return [...kept, ...gone];
}

async function describe(context: StoreContext, client: ClientKey, differences: readonly Difference[], since: Date): Promise<ChangedRecord[]> {
  const [titles, history] = [await getLabels(context, client, differences.map((one) => one.recordId)), await readHistory(context, client, since)];
  const users = differences.map((one) => one.by ?? history.removedBy.get(one.recordId) ?? null);
  const names = await namesOf(context, client.tenantId, users);
  return differences.map((one, index): ChangedRecord => {
    const { section, page } = kindOf(one.kind);
    const userId = users[index] ?? null;
    return {
      change: one.change,
      kind: one.kind,
      page,
      section,
      recordId: one.recordId,
      title: titles.get(one.recordId) ?? one.title ?? '',
      fields: one.change === 'changed' ? [...(history.fields.get(one.recordId) ?? [])] : [],
      by: userId === null ? null : { userId, name: names.get(userId) ?? '' },
    };
  });
}

/** Fields that were changed and who removed what, out of the client's history. */
async function readHistory(context: StoreContext, client: ClientKey, since: Date) {
  const rows = await context.db.auditEntry.findMany({
    where: { tenantId: client.tenantId, clientId: ofClient(client).clientId, action: { in: ['record.changed', 'record.deleted', 'record.merged'] }, at: { gte: since } },
    orderBy: { sequence: 'desc' },
    take: mostHistory,
    select: { sequence: true, actorId: true, action: true, content: true },
  });
  const fields = new Map<string, Set<string>>();
  const removedBy = new Map<string, string>();
  for (const { sequence, actorId, action, content } of rows) {
    if (!content) continue;
    const place = { table: 'AuditEntry', row: String(sequence), field: 'content' };
    const details = await context.vault.openJson<{ recordId?: string; fields?: readonly string[] }>(ofClient(client), place, content);
    if (!details.recordId) continue;
    if (action === 'record.changed') fields.set(details.recordId, new Set([...(fields.get(details.recordId) ?? []), ...(details.fields ?? [])]));
    else if (actorId) removedBy.set(details.recordId, actorId);
  }
  return { fields, removedBy };
}
