// Logs and user metrics are computed from the records: who wrote what and when. Nothing is stored for them.

import type { Scene } from './field.js';
import { resources } from './index.js';
import { fullName } from './contacts.js';
import type { ResourceName, Row } from '../storage/rows.js';

export interface Activity {
  readonly id: string;
  readonly at: string;
  readonly action: 'create' | 'update';
  readonly resource: ResourceName;
  readonly resourceId: string;
  readonly resourceName: string;
  readonly organizationId: string | null;
}

/** What a key does is put down to the administrator who made it. */
function keyOwner(scene: Scene): Row | undefined {
  return scene.tables.users.list().find(({ body: { values } }) => values['role_name'] === 'Administrator');
}

const watched: readonly ResourceName[] = ['organizations', 'locations', 'contacts', 'configurations', 'passwords', 'domains'];
/** There is one account here, and nothing else shows its id. */
const standInAccount = 1;
const thirtyDays = 30 * 86_400_000;

/** Creates and last updates of the past 30 days, newest first. */
export function activities(scene: Scene): Activity[] {
  const since = scene.now().getTime() - thirtyDays;
  const list: Activity[] = [];
  for (const name of watched) {
    for (const row of scene.tables[name].list()) {
      const { values, createdAt, updatedAt } = row.body;
      const organization = name === 'organizations' ? row.id : values['organization_id'];
      const common = {
        resource: name, resourceId: row.id, resourceName: String(values['name'] ?? fullName(values)),
        organizationId: typeof organization === 'string' ? organization : null,
      };
      // Log ids are long even in regions whose other ids are short.
      const id = (kind: number): string => `7${kind}${row.id.padStart(16, '0')}`;
      if (Date.parse(createdAt) >= since) list.push({ ...common, id: id(1), at: createdAt, action: 'create' });
      if (updatedAt !== createdAt && Date.parse(updatedAt) >= since) list.push({ ...common, id: id(2), at: updatedAt, action: 'update' });
    }
  }
  return list.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

export function logText(activity: Activity, scene: Scene): string {
  const owner = keyOwner(scene);
  const organization = activity.organizationId === null ? undefined : scene.tables.organizations.get(activity.organizationId);
  const attributes = {
    'created-at': activity.at, level: 'info', action: activity.action, 'resource-type': resources[activity.resource].title, 'resource-name': activity.resourceName,
    'organization-name': organization?.body.values['name'] ?? null, 'user-name': owner === undefined ? null : fullName(owner.body.values), platform: 'API',
    // Nothing is kept of where a request came from.
    'ip-address': null, 'ip-city': null, 'ip-region': null, 'ip-country': null, 'user-agent': null,
  };
  const ids = `"account-id":${standInAccount},"resource-id":${activity.resourceId},"organization-id":${activity.organizationId ?? 'null'},"user-id":${owner?.id ?? 'null'},`;
  return `{"id":"${activity.id}","type":"logs","attributes":{${ids}${JSON.stringify(attributes).slice(1)}}`;
}

export interface Metric {
  readonly id: number;
  readonly date: string;
  readonly resource: string;
  readonly organizationId: string | null;
  readonly userId: string | null;
  readonly created: number;
  readonly edited: number;
}

/** One row per day, organization and kind of record. */
export function metrics(scene: Scene): Metric[] {
  const byKey = new Map<string, { date: string; resource: string; organizationId: string | null; created: number; edited: number }>();
  for (const activity of activities(scene)) {
    const date = activity.at.slice(0, 10);
    const resource = resources[activity.resource].title;
    const key = `${date}|${activity.organizationId}|${resource}`;
    let metric = byKey.get(key);
    if (metric === undefined) byKey.set(key, (metric = { date, resource, organizationId: activity.organizationId, created: 0, edited: 0 }));
    metric[activity.action === 'create' ? 'created' : 'edited'] += 1;
  }
  const userId = keyOwner(scene)?.id ?? null;
  return [...byKey.values()].map((metric, index) => ({ id: index + 1, userId, ...metric }));
}

export function metricText(metric: Metric): string {
  return `{"id":"${metric.id}","type":"user-metrics","attributes":{"user-id":${metric.userId ?? 'null'},"organization-id":${metric.organizationId ?? 'null'},"resource-type":${JSON.stringify(metric.resource)},"date":"${metric.date}","created":${metric.created},"viewed":0,"edited":${metric.edited},"deleted":0}}`;
}
