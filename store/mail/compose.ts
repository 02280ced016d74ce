import { clientPath, pathOf, revealsPath } from '../../domain/mail/links.js';
import type { MailSource } from '../../domain/mail/render.js';
import type { FactsOf, TemplateName } from '../../domain/mail/templates.js';
import { lateAfterMs } from '../../domain/retention.js';
import type { Stage } from '../../domain/stages.js';
import type { Mail } from '../../prisma/generated/client.js';
import type { ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { getUser } from '../people.js';
import { openContent } from '../records/row.js';
import { remindedBy } from '../reminders/reminded.js';
import { KeyGoneError } from '../vault/vault.js';
import { mailPlace } from './queue.js';
import { shownSecrets } from './shown-secrets.js';
import { readMailSettings } from './tenant-settings.js';

/** A mail that is ready to be laid out, with its address. */
export interface ComposedMail {
  readonly source: MailSource;
  readonly address: string;
  readonly name: string;
}

/**
 * Reads what a mail says, right before it is sent.
 * @param publicUrl web address that links begin with, without a slash at the end
 * @returns null when it is not wanted (any more): its reader is gone, the client is, or what it says has passed
 */
export async function composeMail(context: StoreContext, mail: Mail, publicUrl: string, now: Date): Promise<ComposedMail | null> {
  const row = await context.db.user.findFirst({ where: { id: mail.userId, tenantId: mail.tenantId }, select: { active: true } });
  if (!row?.active) return null;
  const template = mail.template as TemplateName;
  if (mail.clientId && !(await clientWants(context, { tenantId: mail.tenantId, clientId: mail.clientId }, template))) return null;
  try {
    const user = await getUser(context, mail.tenantId, mail.userId);
    const { tenant, language, timeZone } = await readMailSettings(context, mail.tenantId);
    const kept = await factsOf(context, mail);
    if (!kept || hasPassed(kept)) return null;
    const facts = template === 'retention_warning' ? await warningNow(context, mail, kept as FactsOf<'retention_warning'>, now) : kept;
    if (!facts) return null;
    const reminded = template === 'reminder' ? await remindedBy(context, mail, now) : [];
    if (template === 'reminder' && reminded.length === 0) return null;
    const shown = template === 'secrets_shown' ? await shownSecrets(context, mail, facts as FactsOf<'secrets_shown'>, timeZone) : [];
    if (template === 'secrets_shown' && shown.length === 0) return null;
    const path = pathOf(template, facts, mail.clientId);
    return {
      address: user.email,
      name: `${user.firstName} ${user.lastName}`.trim(),
      source: {
        template,
        facts,
        language,
        timeZone,
        tenant,
        company: mail.clientId ? await companyOf(context, { tenantId: mail.tenantId, clientId: mail.clientId }) : '',
        firstName: user.firstName,
        link: path && publicUrl + path,
        shown: shown.map(({ clientId, ...one }) => ({ ...one, link: publicUrl + revealsPath(clientId) })),
        reminded: reminded.map(({ clientId, section, ...one }) => ({ ...one, link: publicUrl + clientPath(clientId, section) })),
      },
    };
  } catch (error) {
    // The client was purged between the look above and here.
    if (error instanceof KeyGoneError) return null;
    throw error;
  }
}

async function clientWants(context: StoreContext, { tenantId, clientId }: ClientKey, template: TemplateName): Promise<boolean> {
  const row = await context.db.client.findFirst({ where: { id: clientId, tenantId }, select: { stage: true } });
  if (!row || row.stage === 'purged') return false;
  return row.stage !== ('deleted' satisfies Stage) || template === 'retention_warning';
}

async function factsOf(context: StoreContext, mail: Mail): Promise<FactsOf<TemplateName> | null> {
  if (!mail.content) return null;
  return context.vault.openJson({ tenantId: mail.tenantId, clientId: mail.clientId }, mailPlace(mail.id), mail.content);
}

/** A warning that waited says how long it is until the end from now on; null when that is not the client's end any more. */
async function warningNow(context: StoreContext, { tenantId, clientId }: Mail, facts: FactsOf<'retention_warning'>, now: Date): Promise<FactsOf<'retention_warning'> | null> {
  const stage = (facts.end === 'deletion' ? 'deleted' : 'retention') satisfies Stage;
  const end = Date.parse(facts.purgeAt);
  if (!clientId || (await context.db.client.count({ where: { id: clientId, tenantId, stage, purgeAt: new Date(end) } })) === 0) return null;
  const queuedAt = end - facts.secondsLeft * 1_000;
  return { ...facts, secondsLeft: Math.max(0, Math.round((end - now.getTime()) / 1_000)), late: facts.late || now.getTime() - queuedAt > lateAfterMs };
}

/** A code or a link that has ended is of no use to anybody. By this process's clock, like its end. */
function hasPassed(facts: object): boolean {
  const { expiresAt } = facts as { expiresAt?: string | null };
  return expiresAt !== undefined && expiresAt !== null && Date.parse(expiresAt) <= Date.now();
}

/** The client's company as it is called now. @throws {KeyGoneError} */
export async function companyOf(context: StoreContext, client: ClientKey): Promise<string> {
  const record = await context.db.record.findFirst({ where: { clientId: client.clientId, tenantId: client.tenantId, kind: 'company' }, select: { id: true, kind: true, content: true } });
  if (!record) return '';
  const content = await openContent(context, client, record);
  return String(content['company'] ?? '');
}
