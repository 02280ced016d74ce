import { z } from 'zod';
import { sections } from '../../domain/kinds/index.js';
import { may } from '../../domain/permissions.js';
import type { Stage } from '../../domain/stages.js';
import { getClientRow, readRemarks, readSections } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, id, instant, iso, maybeInstant, maybeIso, pageOf, pageQuery, section, sectionParams, stage } from '../schemas/common.js';
import { gap, pageSchema, party, remarkSchema, shownPage, shownRemark } from '../schemas/section.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const sectionSchema = z
  .object({
    section,
    state: z.enum(['waiting', 'open', 'sent_back', 'submitted', 'approved']),
    percent: z.int(),
    missing: z.array(gap).describe('At most 200; the percentage counts them all.'),
    pages: z.array(pageSchema),
    submittedBy: id.nullable(),
    submittedAt: maybeInstant,
    approvedBy: id.nullable(),
    approvedAt: maybeInstant,
    standIn: z.boolean(),
    sentBack: z
      .object({
        reason: z.string().describe('All reasons as one text.'),
        reasons: z.array(remarkSchema),
        by: id,
        at: instant,
      })
      .nullable(),
    stuck: z.object({ by: id, party, at: instant, reason: z.string() }).nullable().describe('Somebody said that they cannot go on.'),
    openQuestions: z.int(),
    reset: z
      .object({ reopens: z.array(section).describe('Opened again, or to be approved anew.'), signOffs: z.int().describe('Sign-offs that are withdrawn.') })
      .nullable()
      .describe('What a reset of this approval entails; null where there is nothing to reset.'),
  })
  .meta({ id: 'Section' });

const answer = z.object({
  stage,
  sections: z.array(sectionSchema),
  signOffs: z.array(z.object({ role: z.enum(['engineer', 'manager']), userId: id, at: instant })),
});

export async function sectionRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/clients/:clientId/sections',
    {
      config: { operation: 'client.read' },
      schema: {
        ...words('getSections', 'Sections', 'Where each section stands and what it lacks', 'Only sections that you may read.'),
        params: clientParams,
        response: { 200: answer, ...problems('forbidden', 'not_found') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const readable = sections.filter((one) => may(request.actor, 'section.read', { clientId: client.clientId, section: one }));
      const [row, views, signOffs] = await Promise.all([
        getClientRow(store, client),
        readSections(store, client, readable),
        store.db.signOff.findMany({ where: client, orderBy: { at: 'asc' } }),
      ]);
      return {
        stage: row.stage as Stage,
        sections: views.map((view) => ({
          ...view,
          missing: view.missing.map((one) => ({ ...one })),
          pages: view.pages.map(shownPage),
          submittedAt: maybeIso(view.submittedAt),
          approvedAt: maybeIso(view.approvedAt),
          sentBack: view.sentBack && {
            reason: view.sentBack.remarks.map((remark) => remark.text).join('\n'),
            reasons: view.sentBack.remarks.map(shownRemark),
            by: view.sentBack.by,
            at: iso(view.sentBack.at),
          },
          stuck: view.stuck && { ...view.stuck, at: iso(view.stuck.at) },
          reset: view.reset && { reopens: [...view.reset.reopens], signOffs: view.reset.signOffs },
        })),
        signOffs: request.actor.scope ? [] : signOffs.map((one) => ({ role: one.role as 'engineer' | 'manager', userId: one.userId, at: iso(one.at) })),
      };
    },
  );

  app.get(
    '/clients/:clientId/sections/:section/remarks',
    {
      config: { operation: 'section.read' },
      schema: {
        ...words('listRemarks', 'Sections', 'All reasons why a section was sent back', 'Oldest first, settled ones included.'),
        params: sectionParams,
        querystring: pageQuery,
        response: { 200: pageOf(remarkSchema), ...problems('invalid_request', 'forbidden', 'not_found') },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const which = { section: request.params.section, after: readCursor('remarks', 'string', cursor), limit: limit + 1 };
      return page('remarks', limit, await readRemarks(store, clientOf(request), which), (one) => one.id, shownRemark);
    },
  );
}
