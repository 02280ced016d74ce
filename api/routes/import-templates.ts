import { z } from 'zod';
import { allKinds, kindOf, type AnyKind, type KindName } from '../../domain/kinds/index.js';
import { listRecords, type ClientKey, type StoreContext } from '../../store/index.js';
import { csvTemplate, templateColumns, xlsxTemplate } from '../../tables/write-template.js';
import { contentDisposition } from '../content-disposition.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams } from '../schemas/common.js';
import { pascal } from '../schemas/record.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

/** Names of records that a template offers for each kind; more would be no help. */
const titleLimit = 200;

const file = (type: string) => ({ content: { [type]: { schema: z.any().meta({ type: 'string', format: 'binary' }) } }, description: 'The template.' });
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** For each grid an empty table to fill in. */
export async function importTemplateRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  for (const kind of allKinds.filter((one) => one.cardinality === 'many')) templateRoute(app, store, kind);
}

function templateRoute(app: Api, store: StoreContext, kind: AnyKind): void {
  app.get(
    `/clients/:clientId/${kind.path}/import-template`,
    {
      config: { operation: 'section.edit', section: kind.section },
      schema: {
        ...words(`get${pascal(kind.path)}Template`, 'Records', `An empty table of ${kind.plural.toLowerCase()} to fill in and import`, 'Headers with marks: `**` is needed to save, `*` to submit. The workbook says in notes, lists and a second sheet what each column may hold.'),
        params: clientParams,
        querystring: z.strictObject({ format: z.enum(['csv', 'xlsx'], 'must be csv or xlsx').default('xlsx') }),
        response: { 200: { ...file(xlsx), content: { ...file(xlsx).content, ...file('text/csv').content } }, ...problems('invalid_request', 'forbidden', 'not_found') },
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      const titles = await titlesOf(store, clientOf(request), kind);
      const columns = templateColumns(kind, (kinds) => kinds.flatMap((name) => titles.get(name) ?? []));
      reply.header('content-disposition', contentDisposition(`${kind.plural}.${format}`));
      if (format === 'csv') return reply.type('text/csv; charset=utf-8').send(csvTemplate(columns));
      return reply.type(xlsx).send(await xlsxTemplate(kind, columns));
    },
  );
}

/** Names of what the kind's records can link to, in sections that whoever edits the kind may see. */
async function titlesOf(store: StoreContext, client: ClientKey, kind: AnyKind): Promise<ReadonlyMap<KindName, readonly string[]>> {
  const titles = new Map<KindName, readonly string[]>();
  for (const name of new Set(Object.values(kind.references).flatMap((reference) => reference.to))) {
    if (kindOf(name).section !== kind.section) continue;
    const records = await listRecords(store, client, name, { limit: titleLimit, after: null });
    titles.set(name, [...new Set(records.map((record) => kindOf(name).title(record.content as never)))]);
  }
  return titles;
}
