/** What an IT Glue account holds for one company, read over its own API with plain requests: no code of ours in between. */
import type { Sandbox } from '../../sandbox/it-glue/index.js';

export type Attributes = Record<string, unknown> & { id: string };

export interface Account {
  /** All organizations of that name: a correct export has exactly one. */
  readonly organizations: readonly Attributes[];
  readonly locations: readonly Attributes[];
  readonly contacts: readonly Attributes[];
  readonly configurations: readonly Attributes[];
  readonly passwords: readonly Attributes[];
  readonly attachments: readonly Attributes[];
  readonly counts: Readonly<Record<string, number>>;
}

interface Entity {
  id: string;
  attributes: Record<string, unknown>;
}

export async function readAccount(sandbox: Pick<Sandbox, 'url' | 'apiKey'>, company: string): Promise<Account> {
  const get = async (path: string) => {
    const response = await fetch(`${sandbox.url}${path}`, { headers: { 'x-api-key': sandbox.apiKey } });
    if (!response.ok) throw new Error(`GET ${path.split('?')[0]} answered ${response.status}`);
    return JSON.parse(wholeIds(await response.text())) as { data: Entity | Entity[]; included?: Entity[] };
  };
  const list = async (path: string) => ((await get(`${path}${path.includes('?') ? '&' : '?'}page[size]=1000`)).data as Entity[]).map(flat);
  const organizations = (await list(`/organizations?filter[name]=${encodeURIComponent(company)}`)).filter((one) => one['name'] === company);
  const within = async (resource: string) => (await Promise.all(organizations.map((one) => list(`/organizations/${one.id}/relationships/${resource}`)))).flat();
  const [locations, contacts, configurations, listed] = [await within('locations'), await within('contacts'), await within('configurations'), await within('passwords')];
  const passwords = await Promise.all(listed.map(async ({ id }) => flat((await get(`/passwords/${id}?show_password=true`)).data as Entity)));
  const attachments: Attributes[] = [];
  for (const [resource, records] of Object.entries({ locations, contacts, configurations, passwords })) {
    for (const { id } of records) attachments.push(...((await get(`/${resource}/${id}?include=attachments`)).included ?? []).map(flat));
  }
  const all = { organizations, locations, contacts, configurations, passwords, attachments };
  return { ...all, counts: Object.fromEntries(Object.entries(all).map(([name, records]) => [name, records.length])) };
}

/** Ids of 17 digits are more than a number holds: they are read as text. */
function wholeIds(json: string): string {
  return json.replace(/(":\s*)(\d{16,})(?=\s*[,}])/g, '$1"$2"');
}

function flat({ id, attributes }: Entity): Attributes {
  const ids = Object.entries(attributes).map(([name, value]) => [name, name.endsWith('-id') && value !== null ? String(value) : value]);
  return { ...Object.fromEntries(ids), id };
}
