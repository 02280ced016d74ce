import { z } from 'zod';
import { sections, type Section } from '../../domain/kinds/index.js';
import { may, maySee, type RuledField } from '../../domain/permissions.js';
import type { Actor } from '../../domain/roles.js';
import type { ClientView } from '../../store/index.js';
import { id, instant, iso, maybeInstant, maybeIso, role, section, stage, version } from './common.js';

const percent = z.int().min(0).max(100);

export const clientSchema = z
  .object({
    id,
    company: z.string(),
    stage,
    version: version.describe('Counts every change of the client and its records.'),
    engineerId: id.nullable(),
    managerId: id.nullable(),
    salesRepId: id.nullable(),
    accountingEmail: z.string().nullable(),
    mspEmail: z.string().nullable(),
    percent: z.object({ sales: percent, accounting: percent, msp: percent }),
    stuck: z.array(section).describe('Sections in which somebody said that they cannot go on.'),
    openQuestions: z.int().describe('Of the sections that you may read.'),
    createdAt: instant,
    updatedAt: instant,
    lastActivityAt: instant,
    idleSeconds: z.int().describe('Time since somebody last did something for the client.'),
    stageChangedAt: instant,
    exportedAt: maybeInstant,
    purgeAt: maybeInstant,
    organizationUrl: z.string().nullable(),
    waitingOn: z.array(role).describe('Roles that are expected to act next.'),
  })
  .meta({ id: 'Client' });

/** A client as the actor may see it: an address from a section that they may not read is left out. */
export function shownClient(actor: Actor, client: ClientView): z.output<typeof clientSchema> {
  const reads = (one: Section) => may(actor, 'section.read', { clientId: client.id, section: one });
  const seen = <T>(field: RuledField, value: T) => (maySee(actor, client.id, field) ? value : null);
  return {
    id: client.id,
    company: client.company,
    stage: client.stage,
    version: client.version,
    engineerId: client.engineerId,
    managerId: client.managerId,
    salesRepId: client.salesRepId,
    accountingEmail: seen('client.accountingEmail', client.accountingEmail),
    mspEmail: seen('client.mspEmail', client.mspEmail),
    percent: { ...client.percent },
    stuck: client.stuck.filter((one) => !actor.scope || actor.scope.section === one),
    openQuestions: sections.reduce((sum, one) => sum + (reads(one) ? client.questions[one] : 0), 0),
    createdAt: iso(client.createdAt),
    updatedAt: iso(client.updatedAt),
    lastActivityAt: iso(client.lastActivityAt),
    idleSeconds: Math.max(0, Math.floor((Date.now() - client.lastActivityAt.getTime()) / 1_000)),
    stageChangedAt: iso(client.stageChangedAt),
    exportedAt: maybeIso(client.exportedAt),
    purgeAt: maybeIso(client.purgeAt),
    organizationUrl: seen('client.organizationUrl', client.organizationUrl),
    waitingOn: [...client.waitingOn],
  };
}
