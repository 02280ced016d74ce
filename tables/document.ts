/** `npm run download-schema`: writes docs/client.schema.json, the schema of the JSON download. */
import { writeFile } from 'node:fs/promises';
import { clientJsonSchema } from './client-json.js';

const file = new URL('../docs/client.schema.json', import.meta.url);

await writeFile(file, `${JSON.stringify(clientJsonSchema(), null, 2)}\n`);
process.stderr.write('Wrote docs/client.schema.json\n');
