import { z } from 'zod';
import { sections } from '../../domain/kinds/index.js';
import { may } from '../../domain/permissions.js';
import type { Stage } from '../../domain/stages.js';
import { getClientRow, readSections } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, id, instant, iso, maybeInstant, maybeIso, section, stage } from '../schemas/common.js';
import { gap, pageSchema, shownPage } from '../schemas/section.js';
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
        reasons: z.array(z.object({ text: z.string(), recordId: id.optional(), field: z.string().optional() })),
        by: id,
        at: instant,
      })
      .nullable(),
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
            reason: view.sentBack.reasons.map((reason) => reason.text).join('\n'),
            reasons: view.sentBack.reasons.map((reason) => ({ ...reason })),
            by: view.sentBack.by,
            at: iso(view.sentBack.at),
          },
        })),
        signOffs: request.actor.scope ? [] : signOffs.map((one) => ({ role: one.role as 'engineer' | 'manager', userId: one.userId, at: iso(one.at) })),
      };
    },
  );
}
