// The tables and lists that the pages consist of.

import { fullName } from '../definitions/contacts.js';
import { parentKey } from '../definitions/attached.js';
import type { Scene } from '../definitions/field.js';
import { resources } from '../definitions/index.js';
import { isObject, type Json } from '../json.js';
import type { ResourceName, Row } from '../storage/rows.js';
import { html, type Markup } from '../../html.js';

export const tabs = ['overview', 'locations', 'contacts', 'configurations', 'passwords', 'domains', 'attachments'] as const;
export type Tab = (typeof tabs)[number];

const perPage = 200;

function shown(value: Json | undefined): string {
  if (value === null || value === undefined || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(shown).join('\n');
  if (isObject(value)) {
    const label = [value['label_name'], value['extension'] ? `ext. ${String(value['extension'] as string)}` : null, value['primary'] === true ? 'primary' : null].filter(Boolean).join(', ');
    return `${String((value['formatted_value'] ?? value['value']) as string)} (${label})`;
  }
  return value === true ? 'yes' : value === false ? 'no' : String(value);
}

/** One attribute as the API would answer it; secrets appear as dots of a fixed number. */
function read(resource: ResourceName, row: Row, name: string, scene: Scene): string {
  if (name === 'created_at') return row.body.createdAt;
  if (name === 'updated_at') return row.body.updatedAt;
  const field = resources[resource].fields[name];
  if (field?.kind === 'secret') return row.body.values[name] ? '••••••••' : '-';
  return shown(field?.derive === undefined ? row.body.values[name] : field.derive(row, scene));
}

function paging(total: number, number: number, address: string): Markup {
  const last = Math.max(1, Math.ceil(total / perPage));
  if (last === 1) return html``;
  const link = (to: number, text: string): Markup => html` <a href="${address}?page=${to}">${text}</a>`;
  return html`<p>Page ${number} of ${last}${number > 1 ? link(number - 1, 'Previous') : ''}${number < last ? link(number + 1, 'Next') : ''}</p>`;
}

function table(heads: readonly string[], rows: readonly (readonly (Markup | string)[])[]): Markup {
  if (rows.length === 0) return html`<p class="none">None yet.</p>`;
  return html`<div class="scroll"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`)}</tbody></table></div>`;
}

const slice = <T>(list: readonly T[], number: number): readonly T[] => list.slice((number - 1) * perPage, number * perPage);
const words = (name: string): string => name.replace(/_/g, ' ').replace(/^./, (letter) => letter.toUpperCase());

export function organizationsPage(scene: Scene, number: number): Markup {
  const all = [...scene.tables.organizations.list()].reverse();
  const rows = slice(all, number).map((row) => [
    html`<a href="/web/${row.id}">${String(row.body.values['name'])}</a>`, read('organizations', row, 'organization_type_name', scene),
    read('organizations', row, 'organization_status_name', scene), row.body.createdAt, row.id,
  ]);
  return html`<p>${all.length} in this account, newest first.</p>${table(['Name', 'Type', 'Status', 'Created', 'Id'], rows)}${paging(all.length, number, '/web')}`;
}

export function manufacturerPage(scene: Scene, number: number): Markup {
  const all = scene.tables.manufacturers.list();
  const rows = slice(all, number).map((row) => [
    String(row.body.values['name']), scene.tables.models.group(row.id).map((model) => String(model.body.values['name'])).join(', ') || '-', row.id,
  ]);
  return html`<p>${all.length} in this account, with their models.</p>${table(['Manufacturer', 'Models', 'Id'], rows)}${paging(all.length, number, '/web/manufacturers')}`;
}

const columns: Readonly<Record<Exclude<Tab, 'overview' | 'attachments'>, readonly string[]>> = {
  locations: ['name', 'primary', 'address_1', 'city', 'region_name', 'country_name', 'formatted_phone'],
  contacts: ['name', 'title', 'contact_type_name', 'location_name', 'contact_emails', 'contact_phones'],
  configurations: ['name', 'configuration_type_name', 'manufacturer_name', 'model_name', 'serial_number', 'primary_ip', 'location_name', 'archived'],
  domains: ['name', 'registrar_name', 'expires_on', 'notes'],
  passwords: ['name', 'username', 'password', 'otp_secret', 'url', 'password_category_name', 'cached_resource_name'],
};

const overview = ['name', 'short_name', 'organization_type_name', 'organization_status_name', 'alert', 'description', 'quick_notes', 'created_at', 'updated_at'];

function facts(resource: ResourceName, row: Row, names: readonly string[], scene: Scene): Markup {
  return html`<dl>${names.map((name) => html`<dt>${words(name)}</dt><dd>${read(resource, row, name, scene)}</dd>`)}</dl>`;
}

export function organizationPage(scene: Scene, organization: Row, tab: Tab, number: number, record: string | null): Markup {
  const base = `/web/${organization.id}`;
  const menu = html`<nav aria-label="Parts of this organization">${tabs.map((each) =>
    html`<a href="${each === 'overview' ? base : `${base}/${each}`}"${each === tab ? CURRENT : ''}>${words(each)} ${each === 'overview' ? '' : `(${count(scene, organization.id, each)})`}</a> `)}</nav>`;
  return html`${menu}${content(scene, organization, tab, number, record)}`;
}

const CURRENT = html` aria-current="page"`;

function attachmentRows(scene: Scene, organization: string): Row[] {
  const parents = (['locations', 'contacts', 'configurations', 'passwords', 'domains'] as const).flatMap((name) => scene.tables[name].group(organization).map((row) => parentKey(name, row.id)));
  return parents.flatMap((key) => [...scene.tables.attachments.group(key)]);
}

function count(scene: Scene, organization: string, tab: Exclude<Tab, 'overview'>): number {
  return tab === 'attachments' ? attachmentRows(scene, organization).length : scene.tables[tab].group(organization).length;
}

function content(scene: Scene, organization: Row, tab: Tab, number: number, record: string | null): Markup {
  const base = `/web/${organization.id}`;
  if (tab === 'overview') return facts('organizations', organization, overview, scene);
  if (tab === 'attachments') {
    const all = attachmentRows(scene, organization.id);
    const rows = slice(all, number).map((row) => [
      html`<a href="${read('attachments', row, 'download_url', scene)}">${String(row.body.values['name'])}</a>`, `${words(String(row.body.values['resource_type']))}: ${parentName(scene, row)}`,
      String(row.body.values['attachment_content_type']), `${String(row.body.values['attachment_file_size'])} bytes`,
    ]);
    return html`${table(['File', 'Attached to', 'Type', 'Size'], rows)}${paging(all.length, number, `${base}/attachments`)}`;
  }
  const chosen = record === null ? undefined : scene.tables[tab].get(record);
  if (record !== null) {
    if (chosen?.body.values['organization_id'] !== organization.id || chosen === undefined) return html`<p class="none">There is no such record here.</p>`;
    const names = [...Object.keys(resources[tab].fields).filter((name) => !name.endsWith('_id') && !name.endsWith('_url')), 'created_at', 'updated_at'];
    return facts(tab, chosen, names, scene);
  }
  const all = scene.tables[tab].group(organization.id);
  const rows = slice(all, number).map((row) => columns[tab].map((name, at) =>
    at === 0 ? html`<a href="${base}/${tab}/${row.id}">${read(tab, row, name, scene)}</a>` : read(tab, row, name, scene)));
  return html`${table(columns[tab].map(words), rows)}${paging(all.length, number, `${base}/${tab}`)}`;
}

function parentName(scene: Scene, attachment: Row): string {
  const { values } = attachment.body;
  const parent = scene.tables[String(values['resource_type']) as ResourceName].get(String(values['resource_id']));
  return parent === undefined ? '-' : String((parent.body.values['name'] ?? fullName(parent.body.values)) as string);
}
