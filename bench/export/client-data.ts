/** A made-up client as its records: what the export under test is given through the store, and the plain script directly. */
import type { SourceRecord } from '../../domain/it-glue/index.js';
import { kindOf, type Content, type KindName } from '../../domain/kinds/index.js';
import { newId } from '../../store/index.js';
import type { Size } from './sizes.js';

export interface ClientData {
  readonly company: string;
  /** In an order in which each comes after those that it refers to. */
  readonly records: readonly SourceRecord[];
}

const fileSizes = [2_000, 20_000, 60_000, 150_000, 400_000] as const;

/** @param mark makes makes, models and words of this client new to the account; letters only */
export function clientData(size: Size, mark: string): ClientData {
  const records: SourceRecord[] = [];
  const positions = new Map<KindName, number>();
  const add = (kind: KindName, content: Content, references: Record<string, string> = {}): string => {
    const position = (positions.get(kind) ?? 0) + 1;
    positions.set(kind, position);
    const empty = Object.fromEntries(Object.keys(kindOf(kind).fields).map((name) => [name, null]));
    const id = newId();
    records.push({ id, kind, position, content: { ...empty, ...content }, references });
    return id;
  };
  const many = (count: number, one: (index: number) => string) => Array.from({ length: count }, (_, index) => one(index));
  const of = (ids: readonly string[], index: number) => ids[index % ids.length]!;

  const company = `Cedar Street Dentistry ${mark}`;
  add('company', { company });
  add('sales-contact', { firstName: 'Nora', lastName: 'Vale', email: 'nora@cedar.example', workPhone: '555-0100' });
  add('accounting-contact', { firstName: 'Per', lastName: 'Dahl', email: 'per@cedar.example' });
  add('accountant', { firstName: 'Ines', lastName: 'Roy', email: 'ines@ledger.example' });
  const sites = many(size.sites, (index) => {
    const place = size.countries === 2 && index % 2 === 1 ? { country: 'Canada', state: 'Ontario', zip: 'M5V 2T6' } : { country: 'United States', state: 'Oregon', zip: '97201' };
    return add('site', { name: `Office ${index + 1}`, primary: index === 0, address1: `${index + 1} Main St`, city: 'Salem', phone: '555-0101', ...place });
  });
  const people = many(size.people, (index) => {
    const content = { firstName: `First${index}`, lastName: `Last${index}`, title: 'Hygienist', email: `person${index}@cedar.example`, workPhone: '555-0102', mobilePhone: '555-0103' };
    return add('person', content, { site: of(sites, index) });
  });
  many(size.vendors, (index) => add('vendor', { company: `Supplier ${index}`, service: 'Internet', accountNumber: `A-${index}`, email: `desk@supplier${index}.example` }, { site: of(sites, index) }));
  const makes = many(size.makes, (index) => add('make', { name: makeName(mark, index) }));
  const models = many(size.models, (index) => add('model', { name: modelName(mark, index) }, { make: of(makes, index) }));
  const configurations = many(size.configurations, (index) => {
    const content = {
      name: `PC-${index}`, type: index % 40 === 0 ? `Door Controller ${mark}` : 'Managed Workstation', status: 'Active', hostname: `pc-${index}.cedar.example`, serialNumber: `SN-${mark}-${index}`,
      primaryIp: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, operatingSystem: 'Windows 11 Pro', installedAt: '2024-03-01', warrantyExpiresAt: '2028-03-01', notes: 'Front desk, next to the printer.',
    };
    const model = index % models.length;
    return add('configuration', content, { make: of(makes, model), model: models[model]!, site: of(sites, index), contact: of(people, index) });
  });
  many(size.passwords, (index) => {
    const content = { name: `Login ${index}`, username: `user${index}`, password: `made-up value ${index}`, url: 'https://portal.example', category: 'Network' };
    return add('password', content, index % 2 === 0 ? { configuration: of(configurations, index) } : {});
  });
  // Four of five files have a device of their own; the fifth shares one.
  many(size.files, (index) => add('attachment', { fileName: `file-${index}.pdf`, size: fileSize(index) }, { parent: of(configurations, Math.floor(index * 0.8)) }));
  return { company, records };
}

export const makeName = (mark: string, index: number): string => `${mark} Works ${index + 1}`;
export const modelName = (mark: string, index: number): string => `${mark} M${index + 1}`;

/** Mostly small, some of 3 MB, and one of 7 MB in a large client. */
function fileSize(index: number): number {
  if (index % 50 === 49) return index === 249 ? 7_000_000 : 3_000_000;
  return fileSizes[index % fileSizes.length]!;
}
