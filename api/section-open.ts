import type { Section } from '../domain/kinds/index.js';
import { mayEditIn, stageWords, type Stage } from '../domain/stages.js';
import { getClientRow, Refusal, type ClientKey, type Store } from '../store/index.js';

/**
 * Refuses work on a section that is closed before a large body is read for nothing. The transaction that writes asks again.
 * @throws {Refusal}
 */
export async function mustBeOpen(store: Store, client: ClientKey, section: Section): Promise<void> {
  const stage = (await getClientRow(store, client)).stage as Stage;
  if (!mayEditIn(section, stage)) throw new Refusal('wrong_stage', `The ${section} section is closed for changes: ${stageWords[stage]}`);
}
