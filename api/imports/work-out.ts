import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AnyKind } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { getClientRow, rememberedColumns, type ClientKey, type Store } from '../../store/index.js';
import type { ByteSource } from '../../tables/byte-source.js';
import { foldHeader } from '../../tables/fold.js';
import type { ColumnChoice } from '../../tables/match.js';
import type { ReadingChoices, Table } from '../../tables/read.js';
import { inPortions } from '../../tables/rows.js';
import { newSurvey, see, type Survey } from '../../tables/survey.js';
import { isOwnHeader } from './bad-rows.js';
import { ColumnsSoFar, planColumns } from './columns.js';
import type { ImportContent } from './content.js';
import { planImport, type Portion, type Sink } from './plan.js';
import type { Tools } from './tools.js';

/** What the person says of a file beside its bytes. */
export interface Choices {
  readonly reading: ReadingChoices;
  readonly columns: readonly ColumnChoice[];
}

export const noChoices: Choices = { reading: {}, columns: [] };

/** Takes what is worked out. `ended` resolves once all of it is kept. */
export interface Taking {
  readonly take: Sink;
  readonly ended: () => Promise<void>;
}

export interface WorkedOut<T extends Taking> {
  readonly content: Omit<ImportContent, 'file'>;
  /** The version of the client's data that it was worked out for. */
  readonly dataVersion: number;
  readonly taking: T;
}

/**
 * Reads a file and works out what it means for a client's records, in one go: read twice only where a late row tells that the
 * dates of earlier ones are written the other way round.
 * @param begin makes what takes the rows; once more when they come anew
 */
export async function workOut<T extends Taking>(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, file: ByteSource, choices: Choices, { openTable }: Pick<Tools, 'openTable'>, begin: () => T): Promise<WorkedOut<T>> {
  const open = () => openTable(file, choices.reading, { sheet: kind.plural });
  const { version: dataVersion } = await getClientRow(store, client);
  const attempt = async (known: Survey | null) => {
    const { reading, headers, rows } = await open();
    const survey = newSurvey(headers);
    const remembered = (await rememberedColumns<ColumnChoice[]>(store, client.tenantId, kind.name, headerKey(headers))) ?? [];
    const planned = planColumns(kind, { headers, survey: known ?? survey }, { chosen: choices.columns, remembered });
    const soFar = known ? null : new ColumnsSoFar(planned.columns, survey);
    let whole = true;
    async function* portions(): AsyncGenerator<Portion> {
      for await (const portion of inPortions(rows)) {
        see(survey, portion);
        const columns = soFar ? soFar.now() : planned.columns;
        whole = columns !== null;
        if (!columns) return;
        yield { rows: portion, columns };
      }
    }
    const taking = begin();
    // Also where it fails: what is on its way must not come after its import was removed.
    const plan = await planImport(store, client, actor, kind, planned, portions(), taking.take).finally(() => taking.ended());
    if (!whole) return null;
    return { content: { choices: choices.reading, columns: choices.columns, remembered, table: { reading, headers, survey }, plan }, dataVersion, taking };
  };
  return (await attempt(null)) ?? (await attempt(await surveyed(await open())))!;
}

async function surveyed({ headers, rows }: Table): Promise<Survey> {
  const survey = newSurvey(headers);
  for await (const portion of inPortions(rows)) {
    see(survey, portion);
    await nextTurn();
  }
  return survey;
}

/** What files of one source have in common. The columns that we add ourselves are none of it. */
export const headerKey = (headers: readonly string[]): string => headers.filter((header) => !isOwnHeader(header)).map(foldHeader).join('\u001f');
