/** What lies in files. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Found, Look } from './database.js';
import type { Search } from './search.js';

/** All files below a folder, by their paths from there; none when there is no such folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(unlessMissing([]));
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

/** @param files paths below the folder; all of them when left out */
export async function searchFiles(folder: string, search: Search, files?: readonly string[]): Promise<Look> {
  const found: Found[] = [];
  let [items, bytes] = [0, 0];
  for (const file of files ?? (await filesBelow(folder))) {
    // Databases remove files while they run.
    const content = await readFile(join(folder, file)).catch(unlessMissing(null));
    if (content === null) continue;
    items += 1;
    bytes += content.length;
    // A name can tell as much as a content.
    found.push(...[...search.in(content), ...search.inText(file)].map((hit) => ({ ...hit, where: file })));
  }
  return { found, items, bytes };
}

function unlessMissing<T>(instead: T) {
  return (error: unknown): T => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead;
    throw error;
  };
}
