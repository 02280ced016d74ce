import { z } from 'zod';
import { mailOutcomes, mailProblems, mailStates } from '../../domain/mail/outcome.js';
import { mailSettings } from '../../domain/mail/settings.js';
import { templateNames } from '../../domain/mail/templates.js';
import { changeMailSettings, listClientMails, noteBounce, readMailSettings, resendMail, unreachedPeople, type MailView } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, id, instant, iso, maybeInstant, maybeIso, pageOf, pageQuery } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const settings = mailSettings.meta({ id: 'MailSettings' });

const mail = z
  .object({
    id,
    template: z.enum(templateNames as [string, ...string[]]),
    userId: id.describe('Who gets it.'),
    state: z.enum(mailStates),
    outcome: z.enum(mailOutcomes).nullable().describe('How the last attempt ended.'),
    attempts: z.int(),
    createdAt: instant,
    dueAt: instant.describe('When it is, or was, to be sent next.'),
    settledAt: maybeInstant,
  })
  .meta({ id: 'Mail' });

const unreached = z.object({ userId: id, clientId: id.nullable().describe('For external people: their client.'), problem: z.enum(mailProblems), at: instant }).meta({ id: 'UnreachedPerson' });

const mailParams = clientParams.extend({ mailId: id });

export async function mailRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/settings/mail',
    {
      config: { operation: 'users.read' },
      schema: { ...words('getMailSettings', 'Mail', 'Language and time zone of mails, and when reminders go out'), response: { 200: settings, ...problems('forbidden') } },
    },
    async ({ actor }) => {
      const { language, timeZone, reminders } = await readMailSettings(store, actor.tenantId);
      return { language, timeZone, reminders };
    },
  );

  app.put(
    '/settings/mail',
    {
      config: { operation: 'settings.manage' },
      schema: {
        ...words('setMailSettings', 'Mail', 'Change language and time zone of mails, and when reminders go out', 'A reminder that is waiting already keeps its time; a client hears of a new interval at its next look.'),
        body: settings,
        response: { 200: settings, ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, body }) => {
      await changeMailSettings(store, actor, body);
      return body;
    },
  );

  app.get(
    '/clients/:clientId/mails',
    {
      config: { operation: 'mail.read' },
      schema: { ...words('listClientMails', 'Mail', "A client's mails and how far they came", 'Newest first; never what they say. Settled ones are kept for 90 days.'), params: clientParams, querystring: pageQuery, response: { 200: pageOf(mail), ...problems('invalid_request', 'forbidden', 'not_found') } },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const mails = await listClientMails(store, clientOf(request), { limit: limit + 1, after: readCursor('mails', 'string', cursor) });
      return page('mails', limit, mails, (one) => one.id, view);
    },
  );

  app.post(
    '/clients/:clientId/mails/:mailId/resend',
    {
      config: { operation: 'mail.resend' },
      schema: { ...words('resendMail', 'Mail', 'Send a mail again that was refused or given up', 'To the address that the person has now.'), params: mailParams, response: { 200: mail, ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage') } },
    },
    async (request) => view(await resendMail(store, clientOf(request), request.actor, request.params.mailId)),
  );

  app.get(
    '/mail-problems',
    {
      config: { operation: 'users.read' },
      schema: { ...words('listMailProblems', 'Mail', 'People whom mail does not reach', 'Until a mail reaches them, their address changes, or a mail is sent again.'), querystring: pageQuery, response: { 200: pageOf(unreached), ...problems('invalid_request', 'forbidden') } },
    },
    async ({ actor, query }) => {
      const people = await unreachedPeople(store, actor.tenantId, { limit: query.limit + 1, after: readCursor('mail-problems', 'string', query.cursor) });
      return page('mail-problems', query.limit, people, (one) => one.userId, (one) => ({ ...one, at: iso(one.at) }));
    },
  );

  app.post(
    '/mail-bounces',
    {
      config: { operation: 'settings.manage' },
      schema: {
        ...words('noteBounce', 'Mail', 'Report a mail that came back', 'For whatever reads the mailbox or the events of your mail provider.'),
        body: z.strictObject({ messageId: z.string().max(200).describe('Message-ID of the mail that bounced.') }),
        response: { 204: z.null().describe('Done.'), ...problems('invalid_request', 'forbidden', 'not_found', 'invalid') },
      },
    },
    async ({ actor, body }, reply) => {
      await noteBounce(store, actor, body.messageId);
      return reply.code(204).send(null);
    },
  );
}

const view = (one: MailView) => ({ ...one, createdAt: iso(one.createdAt), dueAt: iso(one.dueAt), settledAt: maybeIso(one.settledAt) });
