import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Sample } from '../compare.js';
import { ApiProblem, type Session } from './api.js';
import type { Client, Imported, Page, SavedRecord } from './answers.js';
import { named, type Cast, type Player } from './cast.js';
import type { Narrator } from './narrator.js';

/** How many clients of the sample's name a tenant may have before the demo asks for a clean-up. */
const MAX_NAMESAKES = 50;

/** Creates the client. A name that is taken, as after an earlier demo, gets a number. */
export async function createClient(sample: Sample, cast: Cast): Promise<Client> {
  const name = sample.forms.company['company']!;
  for (let number = 1; number <= MAX_NAMESAKES; number += 1) {
    try {
      return await cast.salesRep.session.post<Client>('/clients', {
        company: number === 1 ? name : `${name} (${number})`,
        salesRepId: cast.salesRep.id,
        managerId: cast.manager.id,
        engineerId: cast.engineer.id,
      });
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 409) throw error;
    }
  }
  throw new Error(`The tenant has ${MAX_NAMESAKES} clients called ${name}; delete some or start with an empty data folder`);
}

/** Fills a form that a client has once. */
export async function fillForm(session: Session, client: string, form: string, fields: Readonly<Record<string, string | null>>): Promise<void> {
  const at = `/clients/${client}/${form}`;
  const version = await session.get<SavedRecord>(at).then((before) => ({ version: before.version }), unlessMissing);
  await session.put(at, { ...version, fields });
}

/** A form that nobody has saved yet has no version. */
function unlessMissing(error: unknown): Record<never, never> {
  if (error instanceof ApiProblem && error.status === 404) return {};
  throw error;
}

/** Sends one file of the sample as it is, tells what the product makes of its columns, then imports all its rows. */
export async function importFile(narrator: Narrator, session: Session, client: string, sample: Sample, file: Sample['files'][number]): Promise<void> {
  const bytes = await readFile(path.join(sample.folder, file.file));
  const contentType = file.file.endsWith('.xlsx') ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' : 'text/csv';
  const imports = `/clients/${client}/sections/${sectionOf(file.records)}/imports`;
  const seen = await session.send<Imported>('POST', imports, { query: { records: file.records }, bytes: { contentType, open: () => bytes } });
  const known = seen.columns.filter((column) => column.field !== null).length;
  narrator.line(`${file.file} (${file.source}): ${seen.rows} rows, ${seen.new} new, ${seen.bad} bad; ${known} of ${seen.columns.length} columns understood`);
  const { result } = await session.post<Imported>(`${imports}/${seen.id}/carry-out`, { rows: 'all' });
  if (result?.created !== seen.rows) throw new Error(`${file.file}: ${result?.created ?? 0} of ${seen.rows} rows became records`);
}

/** Sends the bytes of each attachment as a stream, and checks that the product counted the same SHA-256. */
export async function uploadAttachments(narrator: Narrator, session: Session, client: string, sample: Sample): Promise<void> {
  const records = await everything<SavedRecord>(session, `/clients/${client}/attachments`);
  let bytes = 0;
  let count = 0;
  for (const record of records) {
    const file = sample.attachments.get(String(record.fields['fileName']));
    if (!file) throw new Error(`The product lists an attachment that the sample does not have: ${record.title}`);
    const saved = await session.send<SavedRecord>('PUT', `/clients/${client}/attachments/${record.id}/content`, {
      bytes: { contentType: 'application/octet-stream', open: () => createReadStream(file.path) },
    });
    if (saved.fields['sha256'] !== file.sha256) throw new Error(`${record.title}: the product counts another SHA-256 than the file has`);
    bytes += file.size;
    count += 1;
    narrator.progress(count / records.length, `${count} of ${records.length} files, ${(bytes / 1e6).toFixed(1)} MB`);
  }
  narrator.good(`${count} files sent, ${(bytes / 1e6).toFixed(1)} MB, all with the right SHA-256`);
}

/** All pages of a list. */
export async function everything<T>(session: Session, at: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await session.get<Page<T>>(at, { limit: 500, ...(cursor ? { cursor } : {}) });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

/** Files of the sample whose records belong to a section. */
export const filesOf = (sample: Sample, section: 'accounting' | 'msp') =>
  sample.files.filter(({ records }) => sectionOf(records) === section);

const sectionOf = (records: string) => (records === 'sites' || records === 'personnel' ? 'accounting' : 'msp');

/** Submits a section and lets the reviewer approve it. */
export async function submitAndApprove(narrator: Narrator, client: string, section: string, by: Player, reviewer: Player): Promise<void> {
  narrator.step(named(by), `submits the ${section === 'msp' ? 'MSP' : section} section`);
  const { percent } = await reviewer.session.get<Client>(`/clients/${client}`);
  narrator.line(`complete: ${percent[section as keyof Client['percent']]} %`);
  const submitted = await by.session.post<{ stage: string }>(`/clients/${client}/sections/${section}/submit`);
  narrator.line(`stage: ${submitted.stage}`);
  narrator.step(named(reviewer), 'reviews and approves it');
  const approved = await reviewer.session.post<{ stage: string }>(`/clients/${client}/sections/${section}/approve`);
  narrator.line(`stage: ${approved.stage}`);
}
