import type { CatalogueEntry } from '../../store/index.js';
import type { ItGlueClient } from '../../it-glue/index.js';

/** Makes and models of the whole account: manufacturers with an empty model, then every model under its manufacturer. */
export async function readCatalogue(api: ItGlueClient, signal: AbortSignal): Promise<CatalogueEntry[]> {
  const [manufacturers, models] = await Promise.all([api.manufacturers.list({ signal }), api.models.listAll({ signal })]);
  const names = new Map(manufacturers.map(({ id, attributes }) => [id, attributes.name ?? '']));
  const entries: CatalogueEntry[] = [...names].filter(([, name]) => name !== '').map(([id, manufacturer]) => ({ id, manufacturer, model: '' }));
  for (const { id, attributes } of models) {
    const manufacturer = names.get(attributes.manufacturerId ?? '');
    if (manufacturer && attributes.name) entries.push({ id, manufacturer, model: attributes.name });
  }
  return entries;
}
