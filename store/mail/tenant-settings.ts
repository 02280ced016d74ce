import { defaultMailSettings, mailSettings, type MailSettings } from '../../domain/mail/settings.js';
import type { Actor } from '../../domain/roles.js';
import { appendAudit } from '../audit.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { partyOf } from '../records.js';

/** How the tenant's mails are written and when reminders go out, with the tenant's name. */
export async function readMailSettings(context: StoreContext, tenantId: string): Promise<MailSettings & { readonly tenant: string }> {
  const { name, settings } = await context.db.tenant.findUniqueOrThrow({ where: { id: tenantId }, select: { name: true, settings: true } });
  const kept = (settings as { mail?: Partial<MailSettings> }).mail ?? {};
  const read = mailSettings.parse({ ...defaultMailSettings, ...kept, reminders: { ...defaultMailSettings.reminders, ...kept.reminders } });
  return { ...read, tenant: name };
}

/** Reminders that are waiting for their time already keep it. */
export async function changeMailSettings(store: Store, actor: Actor, settings: MailSettings): Promise<void> {
  const { tenantId, userId } = actor;
  const mail = mailSettings.parse(settings);
  await inTransaction(store, async (context) => {
    // In SQL, so that settings that somebody else changes meanwhile stay.
    await context.db.$executeRaw`UPDATE "Tenant" SET "settings" = jsonb_set("settings", '{mail}', ${JSON.stringify(mail)}::jsonb) WHERE "id" = ${tenantId}::uuid`;
    await appendAudit(context, { tenantId, clientId: null, actorId: userId, party: partyOf(actor), action: 'settings.mail_changed', details: { ...mail } });
  });
}
