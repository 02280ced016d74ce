// Answers one request of the API: finds what the address means and hands it to the handler of the operation.

import { listComputed } from './computed-lists.js';
import type { Operation, Scene } from './definitions/field.js';
import { notFound, unauthorizedResource, unknownRoute } from './errors.js';
import { member, type Account, type Answer, type Call, type Handling } from './handling.js';
import { index, show } from './reading.js';
import { operationOf, resolve } from './routes.js';
import { bulkDestroy, bulkUpdate, create, destroy, hasFilter, removeAndShow, update } from './writing.js';

/** Handles a call that has passed the gateway. Throws ApiError for every refusal. */
export function handle(account: Account, scene: Scene, call: Call): Answer {
  const address = resolve(call.path);
  if (address === null) throw unknownRoute();
  if ('computed' in address) {
    if (call.method !== 'GET') throw unknownRoute();
    return { status: 200, text: listComputed(address.computed, scene, call) };
  }
  const operation = operationOf(call.method, address);
  if (operation === null) throw unknownRoute();
  const handling: Handling = { account, scene, call, route: address };
  checkParent(handling, operation);
  switch (operation) {
    case 'index':
      return index(handling);
    case 'show':
      return show(handling);
    case 'create':
    case 'bulkCreate':
      return create(handling);
    case 'update':
      return update(handling);
    case 'bulkUpdate':
      return bulkUpdate(handling);
    case 'destroy':
      return destroy(handling);
    case 'bulkDestroy':
      return bulkDestroy(handling);
    case 'bulkDestroyMember':
      return call.body.length > 0 || hasFilter(call) ? bulkDestroy(handling) : removeAndShow(handling, [member(handling)]);
  }
}

function checkParent({ route, scene }: Handling, operation: Operation): void {
  const { parent } = route;
  if (parent === null) return;
  if (parent.table !== null && scene.tables[parent.table].get(parent.id) !== undefined) return;
  // The list of a country's regions does not look at the country (see the switch), so it does not miss it either.
  if (parent.segment === 'countries' && operation === 'index' && scene.switches.countryRegionsRoute === 'ignoresCountry') return;
  throw parent.segment === 'organizations' && scene.switches.unknownForeignKey === '401' ? unauthorizedResource() : notFound(scene.switches.notFoundForm);
}
