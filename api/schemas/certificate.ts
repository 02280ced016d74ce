import { z } from 'zod';
import type { PurgeCertificate } from '../../store/index.js';
import { id, instant, maybeInstant } from './common.js';

/** Proof that a client was removed. */
export const certificateSchema = z
  .object({
    clientId: id,
    tenantId: id,
    policy: z.string().describe('`retention`: the time after its export was over. `deletion`: the time to restore it was over. Followed by `, ended at once by two people` where one asked for its removal and another confirmed.'),
    dueAt: maybeInstant.describe('The end by which it was due.'),
    records: z.record(z.string(), z.int()).describe('How many records there were, by kind.'),
    removed: z.record(z.string(), z.int()).describe('How many rows were removed, by table.'),
    keyDestroyedAt: instant.describe('From here on nothing of it could be read.'),
    finishedAt: instant,
    keyBackupDays: z.int().nullable().describe('How many days backups of keys were kept at most, as the operator had set it.'),
    erasedEverywhereAt: maybeInstant.describe('From here on no backup can bring anything back; null where the operator has not said how long backups of keys are kept.'),
    sha256: z.string().describe('Over all other members as JSON with the names in order and no blanks; the audit trail names it too.'),
  })
  .meta({ id: 'RemovalCertificate' });

export const shownCertificate = (certificate: PurgeCertificate): z.output<typeof certificateSchema> => ({ ...certificate, records: { ...certificate.records }, removed: { ...certificate.removed } });
