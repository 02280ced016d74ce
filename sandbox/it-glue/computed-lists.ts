// The lists of logs and of user metrics: filtered, sorted and paged like the others, but computed.

import type { Call } from './handling.js';
import { activities, logText, metrics, metricText, type Metric } from './definitions/computed.js';
import type { Scene } from './definitions/field.js';
import { readDateRange, type DateRange } from './dates.js';
import { pageText } from './envelope.js';
import { badRequest, unprocessable } from './errors.js';
import { toSnake } from './json.js';
import { readFilters, readPage, splitList } from './query.js';
import type { Computed } from './routes.js';

const week = 7 * 86_400_000;
const logPages = 5;

export function listComputed(what: Computed, scene: Scene, call: Call): string {
  switch (what) {
    case 'logs':
      return logs(scene, call);
    case 'user_metrics':
      return userMetrics(scene, call);
    case 'none':
      return render([], () => '', scene, call, Number.MAX_SAFE_INTEGER);
  }
}

function range(value: string): DateRange {
  const read = readDateRange(value);
  if (read === null) throw badRequest('Invalid date range');
  return read;
}

function sortKey(call: Call, known: readonly string[], scene: Scene): { name: string; sign: number } | null {
  const asked = call.query.get('sort');
  if (asked === null || asked === '') return null;
  const name = toSnake(asked.replace(/^-/, ''));
  if (known.includes(name)) return { name, sign: asked.startsWith('-') ? -1 : 1 };
  if (scene.switches.invalidSort === 'ignore') return null;
  if (scene.switches.invalidSort === '400') throw badRequest(`Invalid sort parameter: ${name}`);
  throw unprocessable([{ status: 422, title: 'Unprocessable Entity', detail: `Invalid sort parameter: ${name}` }]);
}

function render<T>(list: readonly T[], text: (item: T) => string, scene: Scene, call: Call, mostPages: number): string {
  const page = readPage(call.query, scene);
  const total = Math.min(list.length, mostPages * page.size);
  const shown = list.slice(0, total).slice((page.number - 1) * page.size, page.number * page.size);
  return `{"data":[${shown.map(text).join(',')}]${pageText({ ...page, total }, call.path, call.query, scene.origin)}}`;
}

function logs(scene: Scene, call: Call): string {
  let list = activities(scene);
  const created = readFilters(call.query).get('created_at');
  if (created !== undefined) {
    const { from, to } = range(created);
    list = list.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to);
  }
  if (sortKey(call, ['created_at'], scene)?.sign === 1) list.reverse();
  return render(list, (activity) => logText(activity, scene), scene, call, logPages);
}

function userMetrics(scene: Scene, call: Call): string {
  const filters = readFilters(call.query);
  const date = filters.get('date');
  let list = metrics(scene);
  if (date !== undefined) {
    const { from, to: until } = range(date);
    const to = Math.min(until, scene.now().getTime());
    if (date.startsWith('*') || (date.includes(',') && Math.floor(to / 86_400_000) * 86_400_000 - from > week)) {
      throw unprocessable([{ status: 422, title: 'date range filter cannot be longer than a week, and cannot start with a wildcard' }]);
    }
    list = list.filter((metric) => Date.parse(metric.date) >= from && Date.parse(metric.date) <= (date.includes(',') ? to : from));
  }
  const organizations = filters.get('organization_id');
  if (organizations !== undefined) list = list.filter(({ organizationId }) => organizationId !== null && splitList(organizations).includes(organizationId));
  const resource = filters.get('resource_type');
  if (resource !== undefined) list = list.filter((metric) => splitList(resource).includes(metric.resource));
  const user = filters.get('user_id');
  if (user !== undefined) list = list.filter(({ userId }) => userId !== null && splitList(user).includes(userId));
  const sort = sortKey(call, ['id', 'created', 'viewed', 'edited', 'deleted', 'date'], scene);
  if (sort !== null) {
    const read = (metric: Metric): number | string => (metric as unknown as Record<string, number | string>)[sort.name] ?? 0;
    list = [...list].sort((a, b) => (read(a) < read(b) ? -1 : read(a) > read(b) ? 1 : 0) * sort.sign);
  }
  return render(list, metricText, scene, call, Number.MAX_SAFE_INTEGER);
}
