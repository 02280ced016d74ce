import { aboutTenant, templates, type FactsOf, type TemplateName } from '../../domain/mail/templates.js';
import { noteQueuedMail, type StoreContext } from '../context.js';
import { newId } from '../ids.js';

export interface NewMail<T extends TemplateName> {
  readonly tenantId: string;
  /** The client that it is about: its key seals the facts, and a purge takes the mail along. */
  readonly clientId?: string | null;
  /** The user who gets it. Name, address and whether they are still active are read when it is sent. */
  readonly to: string;
  readonly template: T;
  readonly facts: FactsOf<T>;
  /** What it tells, within the tenant: a second mail with the same key is not queued. */
  readonly dedupeKey: string;
  /** Not to be sent before. */
  readonly notBefore?: Date;
}

export const mailPlace = (id: string) => ({ table: 'Mail', row: id, field: 'content' });

/**
 * Queues a mail in the caller's transaction: the decision and its mail are kept together or not at all. A worker sends it
 * after the commit.
 * @returns its id, or null when that was told already
 * @throws {z.ZodError} when the facts are not those of the template
 */
export async function queueMail<T extends TemplateName>(context: StoreContext, mail: NewMail<T>): Promise<string | null> {
  const id = newId();
  const clientId = mail.clientId ?? null;
  if (!clientId && !aboutTenant.includes(mail.template)) throw new TypeError(`A mail "${mail.template}" is about a client`);
  const facts = templates[mail.template].parse(mail.facts);
  const content = await context.vault.sealJson({ tenantId: mail.tenantId, clientId }, mailPlace(id), facts);
  const { count } = await context.db.mail.createMany({
    data: [{ id, tenantId: mail.tenantId, clientId, userId: mail.to, template: mail.template, content, dedupeKey: mail.dedupeKey, dueAt: mail.notBefore ?? new Date() }],
    skipDuplicates: true,
  });
  if (count === 0) return null;
  noteQueuedMail(context);
  return id;
}

/** Forgets that mail did not reach the person: their address was changed, or somebody asked to try again. */
export async function clearMailProblem(context: StoreContext, user: { tenantId: string; userId: string }): Promise<void> {
  await context.db.user.updateMany({ where: { id: user.userId, tenantId: user.tenantId }, data: { mailProblem: null, mailProblemAt: null } });
}
