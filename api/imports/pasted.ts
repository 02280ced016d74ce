import type { AnyKind } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { applyStaged, beginImport, getClientRow, newId, removeImport, saveImport, type ClientKey, type Store } from '../../store/index.js';
import { bytesInMemory } from '../../tables/byte-source.js';
import { rowsOf } from '../../tables/survey.js';
import type { ImportContent, PlanSummary } from './content.js';
import { planColumns, planImport, type Sink } from './plan.js';
import { expected, readInto, recall, remember, staging, type Choices } from './steps.js';

/** What was worked out is gone after this long even if the process died over it. */
const lifeMs = 10 * 60_000;

/**
 * A table that was pasted, such as one of credentials: read, worked out and, if the person says so, carried out within one
 * request. Its text is not kept anywhere; what will be written is staged sealed and gone at the end.
 * @param check throws where the plan may not be carried out; null: only look
 */
export async function importPasted(
  store: Store,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  text: string,
  choices: Choices,
  check: ((content: ImportContent) => void) | null,
): Promise<ImportContent> {
  if (!check) return (await work(store, client, actor, kind, text, choices, async () => undefined)).content;
  const id = newId();
  const run = newId();
  await beginImport(store, client, actor, { id, kind: kind.name, section: kind.section, lifeMs });
  try {
    const { take, ended } = staging(store, client, id, run);
    const { content, dataVersion } = await work(store, client, actor, kind, text, choices, (staged) => take(staged.filter((one) => one.action !== 'bad')));
    await ended();
    check(content);
    const { plan } = content;
    await saveImport<{ plan: PlanSummary }>(store, client, id, 0, { content: { plan: { ...plan, faults: [] } }, run, dataVersion });
    await applyStaged(store, client, actor, kind, { importId: id, run, revision: 1, dataVersion, ...expected(plan) });
    await remember(store, client, kind.name, content);
    return content;
  } finally {
    await removeImport(store, client, actor, id);
  }
}

async function work(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, text: string, choices: Choices, sink: Sink) {
  const portions: Buffer[] = [];
  const table = await readInto(bytesInMemory(Buffer.from(text)), kind, choices.reading, async (read) => {
    for await (const portion of read) portions.push(portion);
    return null;
  });
  const dataVersion = (await getClientRow(store, client)).version;
  const remembered = await recall(store, client, kind, table.headers);
  const columns = planColumns(kind, table, { chosen: choices.columns, remembered });
  async function* rows() {
    for (const portion of portions) yield rowsOf(portion);
  }
  const plan = await planImport(store, client, actor, kind, columns, rows(), async (staged) => (staged.length > 0 ? sink(staged) : undefined));
  const content: ImportContent = { choices: choices.reading, columns: choices.columns, remembered, file: null, table, plan };
  return { content, dataVersion };
}
