/** What lies in files. */
import { access, constants, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Found, Look } from './database.js';
import type { Search } from './search.js';

/** All files below a folder, by their paths from there; none when there is no such folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(unlessMissing([]));
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

/** Not a folder in which somebody keeps what is theirs. */
const notOurs = /^(node_modules|\.git|\.cache|\.data.*)$/;
const largest = 32 * 1024 * 1024;

/**
 * Files that came up in a folder since a moment, by their paths from there: its own, and those in folders that came up or were changed
 * since. What others do there meanwhile is among them; no canary is.
 * @param except folders that are looked into otherwise
 */
export async function newFilesIn(folder: string, since: number, except: readonly string[], depth = 3): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const lists = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (notOurs.test(entry.name) || except.includes(path) || !(entry.isFile() || entry.isDirectory())) return [];
      const facts = await access(path, constants.R_OK).then(() => stat(path)).catch(() => null);
      if (!facts || facts.mtimeMs < since) return [];
      if (entry.isFile()) return facts.size <= largest ? [entry.name] : [];
      return depth === 0 ? [] : (await newFilesIn(path, since, except, depth - 1)).map((inner) => join(entry.name, inner));
    }),
  );
  return lists.flat();
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
