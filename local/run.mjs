/**
 * `node local/run.mjs api/server.ts [arguments]`: runs an entry of the project from its TypeScript source.
 *
 * Why not `node --import tsx`: it translates every file at every start. Processor time to load, on two cores: worker 1.6 s
 * with tsx and 0.8 s from a bundle, API 1.5 and 1.1, the other parts 0.5 and 0.2; the bundle is kept until a source
 * changes and takes 0.2 s to make.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiled, root } from './compiled.mjs';

const [node, , entry, ...args] = process.argv;
if (entry === undefined) {
  console.error('Usage: node local/run.mjs ENTRY.ts [arguments]');
  process.exit(1);
}
const file = await compiled(entry);
// The entry sees itself as what was called, as it would without the bundle.
process.argv = [node, resolve(root, entry), ...args];
await import(pathToFileURL(file).href);
