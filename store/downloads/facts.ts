import { kinds, sections, type Section } from '../../domain/kinds/index.js';
import type { Stage } from '../../domain/stages.js';
import { getClientRow, ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { readPageAnswers } from '../page-answers.js';
import { readStandIns } from '../page-stand-ins.js';
import { listQuestions, type Question } from '../questions.js';
import { getSingle } from '../records.js';
import { readRemarks, type Remark } from '../remarks.js';
import { readStuck } from '../stuck.js';

const iso = (at: Date) => at.toISOString();
const maybeIso = (at: Date | null) => at?.toISOString() ?? null;

/** What a client's download says of it beside its records. */
export async function readClientFacts(context: StoreContext, client: ClientKey) {
  const row = await getClientRow(context, client);
  const company = await getSingle(context, client, kinds.company.name);
  const states = await context.db.sectionState.findMany({ where: ofClient(client) });
  const signOffs = await context.db.signOff.findMany({ where: ofClient(client), orderBy: { at: 'asc' } });
  return {
    client: {
      id: row.id,
      company: String(company?.content['company'] ?? ''),
      stage: row.stage as Stage,
      version: row.version,
      createdAt: iso(row.createdAt),
      exportedAt: maybeIso(row.exportedAt),
      purgeAt: maybeIso(row.purgeAt),
      organizationId: row.organizationId,
      organizationUrl: row.organizationUrl,
      engineerId: row.engineerId,
      managerId: row.managerId,
      salesRepId: row.salesRepId,
    },
    sections: await Promise.all(
      sections.flatMap((section) => states.filter((state) => state.section === section)).map(async (state) => {
        const stuck = await readStuck(context, client, state.section as Section, state);
        return {
          section: state.section as Section,
          state: state.state,
          submittedBy: state.submittedBy,
          submittedAt: maybeIso(state.submittedAt),
          approvedBy: state.approvedBy,
          approvedAt: maybeIso(state.approvedAt),
          standIn: state.standIn,
          sendBacks: state.sendBacks,
          stuck: stuck && { by: stuck.by, at: iso(stuck.at), reason: stuck.reason },
        };
      }),
    ),
    pageAnswers: (await readPageAnswers(context, client)).map(({ at, ...answer }) => ({ ...answer, at: iso(at) })),
    standIns: (await readStandIns(context, client)).map(({ at, ...standIn }) => ({ ...standIn, at: iso(at) })),
    signOffs: signOffs.map(({ role, userId, at }) => ({ role, by: userId, at: iso(at) })),
  };
}

const atOnce = 100;

/** All questions of a client with what was said, section by section. */
export async function* allQuestions(context: StoreContext, client: ClientKey): AsyncGenerator<Question> {
  for (const section of sections) {
    for (let before: string | null = null; ; ) {
      const page: Question[] = await listQuestions(context, client, section, {}, { limit: atOnce, before });
      yield* page;
      if (page.length < atOnce) break;
      before = page.at(-1)!.id;
    }
  }
}

/** All reasons of send-backs of a client, section by section. */
export async function* allRemarks(context: StoreContext, client: ClientKey): AsyncGenerator<Remark> {
  for (const section of sections) {
    for (let after: string | null = null; ; ) {
      const page: Remark[] = await readRemarks(context, client, { section, after, limit: atOnce });
      yield* page;
      if (page.length < atOnce) break;
      after = page.at(-1)!.id;
    }
  }
}
