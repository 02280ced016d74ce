import type { Resource } from '../domain/it-glue/index.js';
import type { ResourceProgress } from '../store/index.js';

const names: Readonly<Record<Resource, readonly [one: string, many: string]>> = {
  organization: ['organization', 'organizations'],
  location: ['location', 'locations'],
  manufacturer: ['manufacturer', 'manufacturers'],
  model: ['model', 'models'],
  contact: ['contact', 'contacts'],
  configuration: ['configuration', 'configurations'],
  password: ['password', 'passwords'],
  attachment: ['attachment', 'attachments'],
};

/** What is in IT Glue of an export, in one sentence: exact for whoever paused or stopped it. */
export function existsWords(progress: readonly ResourceProgress[]): string {
  const there = progress.filter((one) => one.done > 0).map(({ resource, done, total }) => `${done === total ? '' : `${done} of `}${total} ${names[resource][total === 1 ? 0 : 1]}`);
  const unsettled = progress.reduce((sum, one) => sum + one.unsettled, 0);
  const exists = there.length === 0 ? 'Nothing of it is in IT Glue' : `In IT Glue: ${there.join(', ')}`;
  return unsettled === 0 ? exists : `${exists}; of ${unsettled} records it is not known yet, the next run finds out`;
}
