import { allKinds } from '../../domain/kinds/index.js';
import type { Api, ApiDeps } from '../types.js';
import { formRoutes } from './forms.js';
import { gridRoutes } from './grids.js';

/** The routes of every kind of the catalogue: a new kind needs nothing here. */
export async function recordRoutes(app: Api, deps: ApiDeps): Promise<void> {
  for (const kind of allKinds) {
    if (kind.cardinality === 'one') formRoutes(app, deps, kind);
    else gridRoutes(app, deps, kind);
  }
}
