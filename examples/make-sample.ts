/**
 * Makes the sample client's files: `npx tsx examples/make-sample.ts [folder]`, by default into `examples/cascadia-dental`.
 * The same files come out every time.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { applicationsTable } from './sample/applications.js';
import { attachmentsTable, documents } from './sample/attachments.js';
import { psaTable, rmmTable, secondPsaTable } from './sample/configurations.js';
import { forms } from './sample/forms.js';
import { passwordsTable } from './sample/passwords.js';
import { contactsTable, usersTable } from './sample/people.js';
import { sitesTable } from './sample/sites.js';
import type { Table } from './sample/table.js';
import { vendorsTable } from './sample/vendors.js';
import { tableBytes } from './sample/write.js';

/** All files of records, in the order in which they can be imported: a file only names records of files before it. */
export function sampleTables(): readonly Table[] {
  return [
    sitesTable(), usersTable(), contactsTable(), vendorsTable(), rmmTable(), psaTable(), secondPsaTable(), applicationsTable(), passwordsTable(), attachmentsTable(),
  ];
}

/** `client.json`: the forms, and which file holds what. */
export function clientFile(): string {
  const files = sampleTables().map(({ file, records, source }) => ({ file, records, source }));
  return `${JSON.stringify({ forms, files, attachments: 'attachments' }, null, 2)}\n`;
}

/** Writes the whole sample into the folder. */
export async function makeSample(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'attachments'), { recursive: true });
  await writeFile(path.join(folder, 'client.json'), clientFile());
  for (const table of sampleTables()) await writeFile(path.join(folder, table.file), await tableBytes(table));
  for (const document of documents) await writeFile(path.join(folder, 'attachments', document.file), await document.bytes());
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv[2] ?? path.join(import.meta.dirname, 'cascadia-dental');
  await makeSample(folder);
  console.log(`The sample client is in ${folder}`);
}
