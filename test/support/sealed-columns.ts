/**
 * Every column that holds sealed bytes, with whose key sealed it and the place that it is bound to: said here once more, apart
 * from the product. A column of bytes that is not in this table fails the tests that use it.
 */
import type { Owner, Place } from '../../store/index.js';

export type Row = Readonly<Record<string, unknown>>;

export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  readonly owner: (row: Row) => Owner;
  /** What is sealed in one row: one value, or many one after the other. */
  readonly values: (row: Row) => readonly SealedValue[];
}

export interface SealedValue {
  readonly place: Place;
  readonly bytes: Uint8Array;
}

const text = (row: Row, name: string) => String(row[name]);
const path = (...names: readonly string[]) => (row: Row) => names.map((name) => text(row, name)).join('/');

const ofTenant = (row: Row): Owner => ({ tenantId: text(row, 'tenantId'), clientId: null });
/** Of the client that the row is about; of the tenant where it is about none. */
const ofClient = (row: Row): Owner => ({ tenantId: text(row, 'tenantId'), clientId: row['clientId'] === null ? null : text(row, 'clientId') });

function column(table: string, name: string, owner: SealedColumn['owner'], row: (row: Row) => string): SealedColumn {
  return { table, column: name, owner, values: (cells) => [{ place: { table, row: row(cells), field: name }, bytes: cells[name] as Uint8Array }] };
}

/**
 * What an import will write lies in blocks, each record sealed for the place in the table of records that it will have; rows that
 * cannot be written are sealed together for the block.
 */
function staged(name: 'contents' | 'marks', field: 'content' | 'marks', starts: string, lengths: string): SealedColumn {
  return {
    table: 'ImportBlock',
    column: name,
    owner: ofClient,
    values(row) {
      const bytes = row[name] as Uint8Array;
      if (row['action'] === 'bad') return [{ place: { table: 'ImportBlock', row: path('importId', 'run', 'sequence')(row), field: name }, bytes }];
      const ids = row['recordIds'] as readonly string[];
      return ids.flatMap((id, index) => {
        // PostgreSQL counts from one.
        const [start, length] = [(row[starts] as readonly number[])[index]! - 1, (row[lengths] as readonly (number | null)[])[index]];
        return length === null || length === undefined ? [] : [{ place: { table: 'Record', row: id, field }, bytes: bytes.subarray(start, start + length) }];
      });
    },
  };
}

const particulars = column('AuditEntry', 'content', ofClient, path('sequence'));

/** The entry of a removal names the hash of its certificate instead of particulars: the key is gone. */
const auditEntry: SealedColumn = { ...particulars, values: (row) => (row['action'] === 'client.purged' ? [] : particulars.values(row)) };

export const sealedColumns: readonly SealedColumn[] = [
  column('AttachmentChunk', 'content', ofClient, path('recordId', 'upload', 'index')),
  auditEntry,
  column('Catalogue', 'content', ofTenant, path('tenantId')),
  column('Credential', 'password', ofTenant, path('userId')),
  column('Credential', 'totp', ofTenant, path('userId')),
  column('Credential', 'totpPending', ofTenant, path('userId')),
  column('Decision', 'content', ofClient, path('id')),
  column('Decision', 'origin', ofClient, path('id')),
  // Sealed to the workers besides.
  column('Download', 'passphrase', ofClient, path('id')),
  column('Download', 'manifest', ofClient, path('id')),
  column('DownloadChunk', 'content', ofClient, path('downloadId', 'build', 'index')),
  column('IdempotencyKey', 'response', ofClient, path('actorId', 'key')),
  column('IdentityProvider', 'secret', ofTenant, path('tenantId')),
  column('Import', 'content', ofClient, path('id')),
  column('ImportChunk', 'content', ofClient, path('importId', 'part', 'index')),
  staged('contents', 'content', 'contentStarts', 'contentLengths'),
  staged('marks', 'marks', 'marksStarts', 'marksLengths'),
  column('Mail', 'content', ofClient, path('id')),
  column('OidcSignIn', 'content', ofTenant, path('stateHash')),
  column('PageMark', 'content', ofClient, path('clientId', 'page', 'mark')),
  column('Preview', 'bound', ofClient, path('id')),
  column('Preview', 'content', ofClient, path('id')),
  column('QuestionMessage', 'content', ofClient, path('id')),
  column('Record', 'content', ofClient, path('id')),
  column('Record', 'marks', ofClient, path('id')),
  column('Remark', 'content', ofClient, path('id')),
  column('SectionState', 'stuckReason', ofClient, path('clientId', 'section')),
  column('Session', 'content', ofClient, path('id')),
  column('SpellingAlias', 'content', ofTenant, path('pairHash')),
  column('User', 'content', ofClient, path('id')),
  column('WordChoice', 'content', ofClient, path('clientId', 'list', 'wordHash')),
  column('WordMemory', 'content', ofTenant, path('list', 'wordHash')),
];

/** Columns of bytes that another key than the vault's seals. */
export const sealedOtherwise: Readonly<Record<string, string>> = {
  'ItGlueConnection.sealedKey': 'to the public key of the workers (store/vault/for-workers.ts)',
};

/** Reads rows, as a driver gives them: bytes as Uint8Array. */
export type Query = (sql: string) => Promise<readonly Row[]>;

/** All columns of bytes that the database has, as `Table.column`. */
export async function columnsOfBytes(query: Query): Promise<string[]> {
  const rows = await query(`SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea' ORDER BY 1`);
  return rows.map((row) => text(row, 'name'));
}

/** The rows of a table in which the column is filled, each with its tenant, also where the table names its client only. */
export async function rowsOf(query: Query, { table, column: name }: Pick<SealedColumn, 'table' | 'column'>): Promise<readonly Row[]> {
  const [own] = await query(`SELECT count(*)::int AS n FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '${table}' AND column_name = 'tenantId'`);
  if (own!['n'] === 1) return query(`SELECT * FROM "${table}" WHERE "${name}" IS NOT NULL`);
  return query(`SELECT t.*, c."tenantId" FROM "${table}" t JOIN "Client" c ON c."id" = t."clientId" WHERE t."${name}" IS NOT NULL`);
}
