/** A route with its ids filled in, and the template that names it in logs, counters and errors. */
export interface Route {
  readonly template: string;
  readonly path: string;
}

/**
 * Fills `/organizations/:organizationId/relationships/contacts`.
 * @throws RangeError naming the parameter when an id is not digits: an id from elsewhere must not change the path.
 */
export function route(template: string, ids: Readonly<Record<string, string>> = {}): Route {
  const path = template.replace(/:([a-zA-Z]+)/g, (_match, name: string) => {
    const id = ids[name];
    if (id === undefined || !/^\d{1,30}$/.test(id)) throw new RangeError(`${name}: must be an IT Glue id (digits)`);
    return id;
  });
  return { template, path };
}
