import type { AnyKind } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { applyStaged, beginImport, newId, removeImport, saveImport, type ClientKey, type Store } from '../../store/index.js';
import { bytesInMemory } from '../../tables/byte-source.js';
import type { ImportContent, PlanSummary } from './content.js';
import { expected, remember, staging } from './steps.js';
import { tools } from './tools.js';
import { workOut, type Choices, type Taking } from './work-out.js';

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
  const file = bytesInMemory(Buffer.from(text));
  if (!check) return (await workedOut(() => ({ take: async () => undefined, ended: async () => undefined }))).content;
  const id = newId();
  await beginImport(store, client, actor, { id, kind: kind.name, section: kind.section, lifeMs });
  try {
    const { content, dataVersion, taking } = await workedOut(() => withoutBad(staging(store, client, id, tools)));
    check(content);
    const { plan } = content;
    await saveImport<{ plan: PlanSummary }>(store, client, id, 0, { content: { plan: { ...plan, faults: [] } }, run: taking.run, dataVersion });
    await applyStaged(store, client, actor, kind, { importId: id, run: taking.run, revision: 1, dataVersion, ...expected(plan) });
    await remember(store, client, kind.name, content);
    return content;
  } finally {
    await removeImport(store, client, actor, id);
  }

  async function workedOut<T extends Taking>(begin: () => T) {
    const { content, ...rest } = await workOut(store, client, actor, kind, file, choices, tools, begin);
    return { ...rest, content: { ...content, file: null } };
  }
}

/** Rows with faults are not kept: to correct them the text is sent again. */
const withoutBad = <T extends Taking>(taking: T): T => ({ ...taking, take: (staged) => taking.take(staged.filter((one) => one.action !== 'bad')) });
