/**
 * The baseline: what somebody would write first with Fastify and Prisma for the same two routes. It reads and writes the same
 * rows and columns of the same tables as our API, with the same connection pool, and leaves out everything else: sign-in,
 * validation, answer schemas, sealing, stages, hashing, logging.
 */
import Fastify from 'fastify';
import { openDatabase } from '../../store/context.js';
import { untilToldToEnd } from '../main/baseline.js';

const tenantId = process.env['BENCH_TENANT']!;
const db = openDatabase(process.env['DATABASE_URL']!);
const app = Fastify();

const shown = ['company', 'accounting-contact', 'current-msp'];
const read = (content: Uint8Array) => JSON.parse(Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString()) as Record<string, unknown>;

app.get<{ Querystring: { limit: string; cursor?: string } }>('/v1/clients', async (request) => {
  const limit = Number(request.query.limit);
  const after = request.query.cursor;
  const rows = await db.client.findMany({
    where: { tenantId, stage: { not: 'deleted' }, ...(after ? { id: { lt: after } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const clientId = { in: rows.map((row) => row.id) };
  const [counts, records] = await Promise.all([
    db.record.groupBy({ by: ['clientId', 'kind', 'section'], where: { clientId }, _count: true, _sum: { filled: true, required: true } }),
    db.record.findMany({ where: { clientId, kind: { in: shown } }, select: { id: true, clientId: true, kind: true, content: true } }),
  ]);
  const countsOf = new Map<string, typeof counts>();
  for (const count of counts) countsOf.set(count.clientId, [...(countsOf.get(count.clientId) ?? []), count]);
  const contentsOf = new Map<string, Record<string, Record<string, unknown>>>();
  for (const record of records) contentsOf.set(record.clientId, { ...contentsOf.get(record.clientId), [record.kind]: read(record.content) });
  const items = rows.slice(0, limit).map((row) => {
    const contents = contentsOf.get(row.id) ?? {};
    const percent: Record<string, number> = {};
    for (const section of ['sales', 'accounting', 'msp']) {
      const own = (countsOf.get(row.id) ?? []).filter((count) => count.section === section);
      const required = own.reduce((sum, count) => sum + (count._sum.required ?? 0), 0);
      percent[section] = required === 0 ? 0 : Math.floor((own.reduce((sum, count) => sum + (count._sum.filled ?? 0), 0) * 100) / required);
    }
    const { id, stage, version, engineerId, managerId, salesRepId, createdAt, updatedAt, lastActivityAt, stageChangedAt, exportedAt, purgeAt, organizationUrl } = row;
    return {
      ...{ id, company: contents['company']?.['company'], stage, version, engineerId, managerId, salesRepId },
      accountingEmail: contents['accounting-contact']?.['email'],
      mspEmail: contents['current-msp']?.['email'],
      percent,
      ...{ createdAt, updatedAt, lastActivityAt, stageChangedAt, exportedAt, purgeAt, organizationUrl },
      waitingOn: ['sales_rep'],
    };
  });
  return { items, nextCursor: rows.length > limit ? items.at(-1)!.id : null };
});

interface Save {
  Params: { clientId: string; recordId: string };
  Body: { version: number; fields: Record<string, unknown> };
}

app.patch<Save>('/v1/clients/:clientId/configurations/:recordId', async (request, reply) => {
  const { clientId, recordId: id } = request.params;
  const { version, fields } = request.body;
  const now = new Date();
  const saved = await db.$transaction(async (tx) => {
    await tx.client.updateMany({ where: { id: clientId, tenantId, stage: 'msp' }, data: { version: { increment: 1 }, updatedAt: now, lastActivityAt: now } });
    const before = await tx.record.findFirst({ where: { tenantId, clientId, kind: 'configuration', id } });
    if (!before) return null;
    const content = { ...read(before.content), ...fields };
    const { references, nameHash, filled, required } = before;
    const written = { version: version + 1, references: references ?? {}, nameHash, filled, required, updatedAt: now, updatedBy: before.updatedBy };
    const { count } = await tx.record.updateMany({ where: { tenantId, clientId, id, version }, data: { ...written, content: Buffer.from(JSON.stringify(content)) } });
    if (count === 0) return null;
    const head = await tx.auditHead.update({ where: { tenantId }, data: { sequence: { increment: 1 }, hash: '0'.repeat(64) } });
    const what = Buffer.from(JSON.stringify({ kind: 'configuration', recordId: id, fields: Object.keys(fields) }));
    const entry = { tenantId, sequence: head.sequence, at: now, clientId, actorId: before.updatedBy, party: 'internal', action: 'record.changed' };
    await tx.auditEntry.create({ data: { ...entry, content: what, previousHash: head.hash, hash: head.hash } });
    return { ...before, ...written, content: undefined, fields: content };
  });
  return saved ?? reply.code(409).send({ message: 'Changed meanwhile' });
});

const url = await app.listen({ host: '127.0.0.1', port: 0 });
await untilToldToEnd({ url });
await app.close();
await db.$disconnect();
