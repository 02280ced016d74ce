import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem } from './api.js';
import type { Client, ExportRecord, Page } from './answers.js';
import type { Cast } from './cast.js';
import type { Narrator } from './narrator.js';

/** How long after the end of retention the purge may take before the demo calls it a failure. */
const PURGE_DEADLINE_MS = 3 * 60_000;

/** Waits for the end of retention and the purge after it; gives the record that is left. */
export async function untilPurged(narrator: Narrator, cast: Cast, client: Client): Promise<ExportRecord> {
  const end = Date.parse(client.purgeAt ?? '');
  if (Number.isNaN(end)) throw new Error('The client is in retention but has no date of purge');
  const deadline = end + PURGE_DEADLINE_MS;
  for (;;) {
    const record = await cast.manager.session.get<ExportRecord>(`/export-records/${client.id}`);
    if (record.purgedAt) return record;
    if (Date.now() > deadline) throw new Error(`The data was not purged within ${PURGE_DEADLINE_MS / 1_000} s after the end of retention`);
    const left = Math.ceil((end - Date.now()) / 1_000);
    narrator.waiting(left > 0 ? `retention ends in ${left} s` : 'retention has ended, the purge is under way');
    await sleep(Math.min(1_000, Math.max(200, end - Date.now())));
  }
}

const lists = ['sites', 'personnel', 'vendors', 'makes', 'models', 'configurations', 'passwords', 'attachments'] as const;
const forms = ['company', 'sales-contact', 'accounting-contact', 'accountant', 'current-msp'] as const;

/**
 * What the API still gives of a client that was purged, in words; empty when everything is gone. `attachmentId`: one that
 * was there before. An empty list and a 404 are both "gone".
 */
export async function leftBehind(cast: Cast, clientId: string, attachmentId: string | null): Promise<string[]> {
  const session = cast.manager.session;
  const left: string[] = [];
  for (const kind of lists) {
    const items = await unlessGone(() => session.get<Page<unknown>>(`/clients/${clientId}/${kind}`, { limit: 1 }));
    if (items && items.items.length > 0) left.push(`${kind} are still listed`);
  }
  for (const form of forms) {
    const record = await unlessGone(() => session.get<{ fields?: Record<string, unknown> }>(`/clients/${clientId}/${form}`));
    if (record && Object.values(record.fields ?? {}).some((value) => value !== null)) left.push(`the form ${form} still holds values`);
  }
  if (attachmentId && ![404, 410].includes(await session.status(`/clients/${clientId}/attachments/${attachmentId}/content`))) left.push('an attachment can still be downloaded');
  if ((await session.status(`/clients/${clientId}/downloads`)) < 400) left.push('downloads are still listed');
  return left;
}

async function unlessGone<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiProblem && [404, 409, 410].includes(error.status)) return null;
    throw error;
  }
}
