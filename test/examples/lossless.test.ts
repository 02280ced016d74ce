import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSample, type Row, type Sample } from '../../examples/compare.js';
import type { SampleKind } from '../../examples/compare/columns.js';
import { lostRows, type DownloadedRecord } from '../../examples/demo/lossless.js';

let sample: Sample;
let downloaded: Record<SampleKind, DownloadedRecord[]>;

const record = (id: string, fields: DownloadedRecord['fields'], references: Readonly<Record<string, string | null | undefined>> = {}): DownloadedRecord => ({
  id,
  title: id,
  fields,
  references: Object.fromEntries(Object.entries(references).map(([name, title]) => [name, title ? { id: title, title } : null])),
});

const password = (row: Row, id: string) =>
  record(
    id,
    {
      name: row['name']!, username: row['username'] ?? null, password: row['password'] ?? null, otpSecret: row['otp'] ?? null, url: row['url'] ?? null,
      category: row['category'] ?? null, archived: row['archived'] === 'Yes', notes: row['notes'] ?? null, passwordUpdatedAt: row['changed']?.slice(0, 10) ?? null,
    },
    { configuration: row['configuration'] },
  );

/** The sample with its passwords only: one kind is enough to see what the check sees. */
beforeAll(async () => {
  const whole = await readSample(path.join(import.meta.dirname, '../../examples/cascadia-dental'));
  sample = { ...whole, rows: { ...whole.rows, sites: [], personnel: [], vendors: [], configurations: [], applications: [], attachments: [] } };
  downloaded = { sites: [], personnel: [], vendors: [], configurations: [], applications: [], attachments: [], passwords: whole.rows.passwords.map((row, index) => password(row, `${index}`)) };
});

const withPassword = (index: number, change: (one: DownloadedRecord) => DownloadedRecord) => ({
  ...downloaded,
  passwords: downloaded.passwords.map((one, at) => (at === index ? change(one) : one)),
});

describe('the check of the JSON download', () => {
  test('is content with what was entered', () => {
    expect(lostRows(sample, downloaded)).toEqual([]);
  });

  test('finds a secret that lost its outer blanks, without showing it', () => {
    const index = downloaded.passwords.findIndex((one) => one.fields['name'] === 'Labor-Server root');
    const lost = lostRows(sample, withPassword(index, (one) => ({ ...one, fields: { ...one.fields, password: String(one.fields['password']).trim() } })));
    expect(lost).toEqual(['JSON download: passwords "Labor-Server root" is not there as it was entered']);
  });

  test('finds a link to another record', () => {
    const index = downloaded.passwords.findIndex((one) => one.fields['name'] === 'ESXi root');
    const lost = lostRows(sample, withPassword(index, (one) => ({ ...one, references: { configuration: { id: 'x', title: 'PDX-FW01' } } })));
    expect(lost).toEqual(['JSON download: passwords "ESXi root" is not there as it was entered']);
  });

  test('finds a record that is missing and one that is doubled', () => {
    const [first, ...rest] = downloaded.passwords;
    expect(lostRows(sample, { ...downloaded, passwords: rest })).toEqual([`JSON download: passwords "${String(first!.fields['name'])}" is not there as it was entered`]);
    expect(lostRows(sample, { ...downloaded, passwords: [...downloaded.passwords, first!] })).toEqual(['JSON download: 1 more passwords than were entered']);
  });
});
