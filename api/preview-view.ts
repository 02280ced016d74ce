import type { z } from 'zod';
import { may } from '../domain/permissions.js';
import type { Actor } from '../domain/roles.js';
import { blockWords, changesSince, getClientRow, getPreview, previewAnswers, type BlockReason, type ClientKey, type PreviewAnswers, type PreviewChanges, type PreviewedProblem, type Store } from '../store/index.js';
import { Problem } from './problem.js';
import type { buildingPreview, previewChanges, readyPreview } from './schemas/preview.js';

type Ready = z.output<typeof readyPreview>;

/** What a preview that was made before a member was added shows of it. */
const empty = { warnings: [], organization: { name: '' }, vendorContacts: [], makes: [], newMakes: [], newModels: [], existingMakes: [], spelling: [], sites: [], clientFiles: { host: null, count: 0 }, problems: [], skipped: [], duplicates: [], withoutHome: [], lists: { configurationTypes: [], configurationStatuses: [], contactTypes: [], passwordCategories: [], operatingSystems: [] } };

/** A preview with what people have decided since it was made. */
export async function showPreview(store: Store, client: ClientKey, previewId: string): Promise<Ready | z.output<typeof buildingPreview>> {
  const preview = await getPreview<Record<string, unknown>>(store, client, previewId);
  if (preview.state === 'failed') throw failed(preview.problem);
  const head = { id: preview.id, createdAt: preview.createdAt.toISOString() };
  if (preview.state === 'building') return { ...head, state: 'building' };
  const [answers, { version }] = await Promise.all([previewAnswers(store, client, previewId), getClientRow(store, client)]);
  const problems = ((preview.content?.['problems'] ?? []) as readonly PreviewedProblem[]).map(({ kind, recordId, title, field, message, severity }) => ({
    kind, recordId, title, field, message, severity, skipped: answers.skipped.has(recordId),
  }));
  return {
    ...empty,
    ...preview.content,
    ...head,
    state: 'ready',
    dataVersion: preview.dataVersion,
    stale: preview.dataVersion !== version,
    problems,
    lookups: answers.words,
    open: openCounts(answers),
  } as unknown as Ready;
}

/** How much must be decided before an export starts. */
export function openCounts({ open }: PreviewAnswers): Ready['open'] {
  return { spellings: open.spellings.length, mappings: open.words.length, problems: new Set(open.problems.map((one) => one.recordId)).size };
}

/** What changed since a preview was made, with titles for people who may read the section. Null when there is no such preview, or it is not ready. */
export async function showChanges(store: Store, client: ClientKey, actor: Actor, previewId: string): Promise<z.output<typeof previewChanges> | null> {
  const changes = await changesSince(store, client, previewId);
  if (!changes) return null;
  const records = changes.records.map((one) => {
    const mayRead = may(actor, 'section.read', { clientId: client.clientId, section: one.section });
    return { ...one, fields: [...one.fields], title: mayRead ? one.title : null };
  });
  return { ...changes, records };
}

/** The changes as one sentence. */
export function changeWords({ added, changed, removed, records }: Pick<PreviewChanges, 'added' | 'changed' | 'removed'> & { records: readonly { by: { name: string } | null }[] }): string {
  const parts = [added > 0 && `${added} added`, changed > 0 && `${changed} changed`, removed > 0 && `${removed} removed`].filter((part) => part !== false);
  if (parts.length === 0) return 'The records are the same as then; who is assigned was changed, or a change was taken back';
  const people = [...new Set(records.map(({ by }) => by?.name).filter((name) => name))];
  return `Records since then: ${parts.join(', ')}${people.length > 0 ? `, by ${people.join(', ')}` : ''}`;
}

function failed(code: string | null): Problem {
  const known = code && code in blockWords ? blockWords[code as BlockReason] : null;
  return new Problem('preview_failed', known ?? 'The preview could not be made; try again', { retryAfter: 5, members: { reason: code } });
}
