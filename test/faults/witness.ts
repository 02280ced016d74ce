/** What the account as a whole says of a round: that nothing foreign was touched, nothing changed or removed, no shared name doubled. */
import type { Request, StandIn } from './stand-in.js';

/** Of an organization; their ids are known from the comparison with the source. */
const owned = ['organizations', 'locations', 'contacts', 'configurations', 'passwords', 'attachments'];
/** Lists that all organizations share: what a round adds is not named twice. */
const shared = ['manufacturers', 'models', 'configuration_types', 'configuration_statuses', 'contact_types', 'password_categories'];
/** Come into being with records that are created, or with reading. */
const alongside = ['configuration_interfaces', 'expirations', 'logs', 'user_metrics'];

/**
 * @param before name of the state that was saved before the round
 * @param known ids of all records of the round's clients that were found in their organizations
 * @param requests those of the round
 */
export async function accountProblems(standIn: StandIn, before: string, known: ReadonlySet<string>, requests: readonly Request[]): Promise<string[]> {
  const wrong: string[] = [];
  const product = requests.filter(({ key }) => key !== 'witness');
  for (const { method, path } of product) {
    if (method !== 'GET' && method !== 'POST') wrong.push(`a request that changes or removes: ${method} ${path}`);
    const organization = /^\/organizations\/(\d+)/.exec(path)?.[1];
    if (organization !== undefined && !known.has(organization)) wrong.push(`a foreign organization was touched: ${method} ${path}`);
  }

  const diff = await standIn.since(before);
  for (const [resource, { created, changed, deleted }] of Object.entries(diff)) {
    if (deleted.length > 0) wrong.push(`${deleted.length} ${resource} were removed`);
    if (changed.length > 0) wrong.push(`${changed.length} ${resource} were changed`);
    const stray = owned.includes(resource) ? created.filter((id) => !known.has(id)) : [];
    if (stray.length > 0) wrong.push(`${stray.length} ${resource} were created outside the clients' organizations`);
    if (![...owned, ...shared, ...alongside].includes(resource)) wrong.push(`${created.length} ${resource} were created`);
  }
  for (const list of shared.filter((name) => (diff[name]?.created.length ?? 0) > 0)) {
    const names = [...(await standIn.names(list)).values()].map((name) => name.trim().toLowerCase());
    const doubled = names.length - new Set(names).size;
    if (doubled > 0) wrong.push(`${doubled} names of ${list} are there twice`);
  }
  return wrong;
}
