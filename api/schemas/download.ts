import { z } from 'zod';
import { downloadFormats, downloadLimits, passphraseLength } from '../../domain/downloads.js';
import type { Download } from '../../store/index.js';
import { id, instant, iso, maybeInstant, maybeIso } from './common.js';

const include = z.enum(['include'], 'must be include, or left out').optional();

export const downloadBody = z.strictObject({
  format: z.enum(downloadFormats, `must be one of: ${downloadFormats.join(', ')}`),
  passwords: include.describe('Puts passwords and one-time password secrets in. Needs a passphrase, is told to the client\'s managers, and only you can fetch the file.'),
  attachments: include.describe('Puts the client\'s files in.'),
  passphrase: z
    .string('must be text')
    .max(1_000, 'is too long')
    .optional()
    .describe(`Opens the file with passwords: ${passphraseLength.min} to ${passphraseLength.max} letters without accents, digits, blanks and common signs. It is forgotten when the file is built; nobody can tell you again.`),
});
export type DownloadBody = z.output<typeof downloadBody>;

const counted = z.object({ done: z.int(), total: z.int().nullable() });

export const shownDownload = z
  .object({
    id,
    format: z.enum(downloadFormats),
    passwords: z.boolean(),
    attachments: z.boolean(),
    state: z.enum(['building', 'ready', 'failed']),
    rows: counted.describe('Records that are written, and how many there are.'),
    files: counted,
    size: z.int().nullable().describe('Bytes; null until it is ready.'),
    dataVersion: z.int().nullable().describe('The version of the client\'s data that it holds.'),
    changedMeanwhile: z.boolean().describe('Somebody changed the data while it was read, so some of it may be older than the rest.'),
    problem: z.string().nullable(),
    createdBy: id,
    createdAt: instant,
    builtAt: maybeInstant,
    expiresAt: instant.describe('When the file is removed.'),
  })
  .meta({ id: 'Download' });

export const downloadList = z.object({ items: z.array(shownDownload).max(downloadLimits.kept) });

export function showDownload(download: Download): z.output<typeof shownDownload> {
  const { passwords, attachments, createdAt, builtAt, expiresAt, rows, files, ...rest } = download;
  return {
    ...rest,
    rows: { ...rows },
    files: { ...files },
    passwords: passwords === 'included',
    attachments: attachments === 'included',
    createdAt: iso(createdAt),
    builtAt: maybeIso(builtAt),
    expiresAt: iso(expiresAt),
  };
}
