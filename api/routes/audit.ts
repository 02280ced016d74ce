import { z } from 'zod';
import { activityWords } from '../activity-words.js';
import { contentDisposition } from '../content-disposition.js';
import { readCursor, writeCursor } from '../cursor.js';
import { appendAudit, inTransaction, listAudit, readHead, signHead, type AuditFilter, type Store, type TenantEntry } from '../../store/index.js';
import { csvOfRows } from '../../tables/write-csv.js';
import { Problem } from '../problem.js';
import { id, instant, iso, pageOf, pageQuery, queriedInstant } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const parties = z.enum(['internal', 'client', 'outgoing_msp', 'system']);

const filter = z.object({
  clientId: id.optional(),
  actorId: id.optional(),
  party: parties.optional(),
  action: z.string().max(60).optional().describe('A whole action such as `record.changed`, or the first part with its dot such as `decision.`.'),
  from: queriedInstant.optional(),
  to: queriedInstant.optional().describe('Entries before this time.'),
  text: z.string().min(2).max(100).optional().describe('Words in the particulars. A search looks through 2,000 entries at a time: fewer items with a cursor means that it can go on.'),
  address: z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address').optional().describe('The network address that it was asked for from; looked for as words are.'),
});

const entry = z
  .object({
    sequence: z.int(),
    at: instant,
    clientId: id.nullable(),
    actorId: id.nullable(),
    party: parties,
    action: z.string(),
    words: z.string(),
    address: z.string().nullable().describe('The network address that it was asked for from. Null for what the service did by itself, and when the client was purged.'),
    details: z.record(z.string(), z.unknown()).nullable().describe('Null when there are none, or when the client was purged.'),
  })
  .meta({ id: 'AuditEntry' });

const signedHead = z
  .object({
    tenantId: id,
    sequence: z.int(),
    hash: z.string(),
    at: instant,
    signature: z.string().describe('Ed25519 over the JSON array [tenantId, sequence, hash, at], base64url.'),
    publicKey: z.string().describe('PEM.'),
  })
  .meta({ id: 'AuditHead' });

const mostDownloaded = 100_000;

export async function auditRoutes(app: Api, { store, auditKey }: ApiDeps): Promise<void> {
  const config = { operation: 'audit.read' } as const;

  app.get(
    '/audit',
    {
      config,
      schema: {
        ...words('listAudit', 'History', 'The audit trail of the whole organization', 'Newest first.'),
        querystring: pageQuery.extend(filter.shape),
        response: { 200: pageOf(entry), ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }) => {
      const { limit, cursor, ...looked } = query;
      const { entries, next } = await listAudit(store, actor.tenantId, asFilter(looked), { limit, before: readCursor('audit', 'number', cursor) });
      return { items: entries.map(shown), nextCursor: next === null ? null : writeCursor('audit', next) };
    },
  );

  app.get(
    '/audit/download',
    {
      config,
      schema: {
        ...words('downloadAudit', 'History', 'The audit trail as CSV', `At most ${mostDownloaded.toLocaleString('en')} entries, newest first; narrow it down with the filters. The download is noted in the trail.`),
        querystring: filter,
        response: {
          200: { description: 'One line an entry.', content: { 'text/csv': { schema: z.any().meta({ type: 'string' }) } } },
          ...problems('invalid_request', 'forbidden'),
        },
      },
    },
    async ({ actor, query }, reply) => {
      const { text, address, ...others } = query;
      // Not for which words or address: what somebody knows of a client would stay after its removal, under the tenant's key.
      const details = { ...others, ...(text === undefined ? {} : { filteredByText: true }), ...(address === undefined ? {} : { filteredByAddress: true }) };
      await inTransaction(store, (context) => appendAudit(context, { tenantId: actor.tenantId, clientId: null, actorId: actor.userId, party: 'internal', action: 'audit.downloaded', details }));
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', contentDisposition('audit-trail.csv'))
        .send(csvOfRows(['Sequence', 'Time', 'Client', 'Person', 'Party', 'Address', 'Action', 'What happened', 'Particulars'], lines(store, actor.tenantId, asFilter(query))));
    },
  );

  app.get(
    '/audit/head',
    {
      config,
      schema: {
        ...words('getAuditHead', 'History', 'Where the audit trail ends now, signed', 'Keep it outside: `npm run audit -- verify --head FILE` shows later whether anything before it was cut off or changed.'),
        response: { 200: signedHead, ...problems('forbidden', 'not_configured') },
      },
    },
    async ({ actor }) => {
      if (!auditKey) throw new Problem('not_configured', 'AUDIT_SIGNING_KEY_FILE is not set, so heads cannot be signed');
      const head = signHead(actor.tenantId, await readHead(store, actor.tenantId), auditKey.privateKey);
      return { ...head, publicKey: auditKey.publicKey.export({ type: 'spki', format: 'pem' }).toString() };
    },
  );
}

function asFilter({ from, to, ...rest }: z.output<typeof filter>): AuditFilter {
  return { ...rest, ...(from ? { from: new Date(from) } : {}), ...(to ? { to: new Date(to) } : {}) };
}

const shown = (row: TenantEntry): z.output<typeof entry> => ({
  sequence: row.sequence,
  at: iso(row.at),
  clientId: row.clientId,
  actorId: row.actorId,
  party: row.party as z.output<typeof parties>,
  action: row.action,
  words: activityWords(row),
  address: row.address,
  details: row.details && { ...row.details },
});

async function* lines(store: Store, tenantId: string, looked: AuditFilter): AsyncGenerator<string[]> {
  let before: number | null = null;
  for (let given = 0; given < mostDownloaded; ) {
    const { entries, next } = await listAudit(store, tenantId, looked, { limit: 500, before });
    for (const row of entries) {
      yield [String(row.sequence), iso(row.at), row.clientId ?? '', row.actorId ?? '', row.party, row.address ?? '', row.action, activityWords(row), row.details ? JSON.stringify(row.details) : ''];
    }
    given += entries.length;
    if (next === null) return;
    before = next;
  }
}
