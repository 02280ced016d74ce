import { pagesOfSection, type AnyKind, type Page, type Section } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';

/** An internal person's word that a page was entered in the place of the outgoing MSP: it needs no review. */
export interface PageStandIn {
  readonly page: string;
  readonly by: string;
  readonly at: Date;
  readonly reason: string;
}

const mark = 'stand_in';
const place = (clientId: string, page: string) => ({ table: 'PageMark', row: `${clientId}/${page}/${mark}`, field: 'content' });

/**
 * Notes the stand-in for a page, in the decision's transaction. Said again, the later word counts.
 * @returns whether every page of the section has one now
 */
export async function standInForPage(context: StoreContext, client: ClientKey, actor: Actor, page: Page, reason: string): Promise<boolean> {
  const key = { ...ofClient(client), page: page.name, mark };
  await context.db.pageMark.deleteMany({ where: key });
  const content = await context.vault.sealJson(client, place(client.clientId, page.name), reason);
  await context.db.pageMark.create({ data: { ...key, section: page.section, by: actor.userId, party: 'internal', content } });
  const count = await context.db.pageMark.count({ where: { ...ofClient(client), section: page.section, mark } });
  return count === pagesOfSection(page.section).length;
}

/** Takes stand-ins back: of one page, or of whole sections. @returns how many there were */
export async function withdrawStandIns(context: StoreContext, client: ClientKey, of: { page: string } | { sections: readonly Section[] }): Promise<number> {
  const which = 'page' in of ? { page: of.page } : { section: { in: [...of.sections] } };
  const { count } = await context.db.pageMark.deleteMany({ where: { ...ofClient(client), mark, ...which } });
  return count;
}

/** The outgoing MSP changes a page after all: nobody answers for it in their place any more, and it is reviewed. */
export async function endStandInByOwner(context: StoreContext, client: ClientKey, actor: Actor, kind: Pick<AnyKind, 'page'>): Promise<void> {
  if (actor.scope) await withdrawStandIns(context, client, { page: kind.page });
}

export async function readStandIns(context: StoreContext, client: ClientKey): Promise<PageStandIn[]> {
  const rows = await context.db.pageMark.findMany({ where: { ...ofClient(client), mark } });
  return Promise.all(
    rows.map(async (row) => ({
      page: row.page,
      by: row.by,
      at: row.at,
      reason: await context.vault.openJson<string>(client, place(client.clientId, row.page), row.content!),
    })),
  );
}
