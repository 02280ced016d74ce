import { kinds, type AnyKind, type Content } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { inTransaction, insertRecords, type ClientKey, type Store } from '../../store/index.js';

export const configuration = kinds.configuration as unknown as AnyKind;

const hex = (number: number) => (number & 0xff).toString(16).padStart(2, '0').toUpperCase();
const empty = Object.fromEntries(Object.keys(configuration.fields).map((name) => [name, null]));

/** A made-up device with most of its fields filled. */
export function device(index: number): Content {
  const [high, middle, low] = [index >> 16, index >> 8, index];
  return {
    ...empty,
    name: `WS-${index}`,
    hostname: `ws-${index}.corp.cedar.example`,
    type: ['Desktop', 'Laptop', 'Server'][index % 3]!,
    status: 'In use',
    primaryIp: `10.${high & 0xff}.${middle & 0xff}.${low & 0xff}`,
    macAddress: `E2:38:D0:${hex(high)}:${hex(middle)}:${hex(low)}`,
    defaultGateway: `10.${high & 0xff}.0.1`,
    operatingSystem: 'Microsoft Windows 11 Pro 23H2',
    serialNumber: `SN${1_000_000 + index}`,
    assetTag: `TAG-${index}`,
    installedAt: `2024-${String((index % 12) + 1).padStart(2, '0')}-15`,
    purchasedAt: '2023-11-02',
    warrantyExpiresAt: '2027-11-02',
    archived: index % 50 === 0,
    notes: `Front desk & back office, desk number ${index}.\nAsk for "Ada" <first floor>.`,
  };
}

/** Links of every device: one site, one make, one model. */
const linked = ['site', 'make', 'model'] as const;
export const titles: Readonly<Record<(typeof linked)[number], string>> = { site: 'Portland Main', make: 'Dell', model: 'OptiPlex 7010' };

const atOnce = 5_000;

/** Writes so many devices into the client. */
export async function enterDevices(store: Store, client: ClientKey, actor: Actor, rows: number): Promise<void> {
  const insert = (kind: AnyKind, items: Parameters<typeof insertRecords>[4]) => inTransaction(store, (context) => insertRecords(context, client, actor, kind, items), 120_000);
  const of = (name: (typeof linked)[number]) => kinds[name] as unknown as AnyKind;
  const references: Record<string, string | null> = Object.fromEntries(Object.keys(configuration.references).map((name) => [name, null]));
  for (const name of linked) {
    const kind = of(name);
    const content = { ...Object.fromEntries(Object.keys(kind.fields).map((field) => [field, null])), name: titles[name] };
    const [record] = await insert(kind, [{ content, references: Object.fromEntries(Object.keys(kind.references).map((field) => [field, references[field] ?? null])) }]);
    references[name] = record!.id;
  }
  for (let start = 0; start < rows; start += atOnce) {
    await insert(configuration, Array.from({ length: Math.min(atOnce, rows - start) }, (_, index) => ({ content: device(start + index), references })));
  }
}
