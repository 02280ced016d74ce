import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { ownerName, type DestroyedKey, type KeyStore, type Page } from './key-store.js';

const keyEnding = '.key';
/** Marks a destroyed key; holds the time. */
const goneEnding = '.gone';
/** A file on its way to its place. */
const newEnding = '.new';

/** One file an owner in a folder. */
export class FolderKeyStore implements KeyStore {
  constructor(private readonly folder: string) {}

  async put(owner: string, wrapped: Buffer): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    if (await this.isGone(owner)) return;
    await this.linkNew(this.path(owner, keyEnding), wrapped.toString('base64'));
    await this.syncFolder();
  }

  async get(owner: string): Promise<Buffer | null> {
    const path = this.path(owner, keyEnding);
    let text = await readOrNull(path);
    // Opened just before it was replaced, and wiped while it was read: there is another one at its place by now.
    if (text?.includes('\0')) text = await readOrNull(path);
    return text === null || (await this.isGone(owner)) ? null : Buffer.from(text, 'base64');
  }

  async replace(owner: string, from: Buffer, to: Buffer): Promise<boolean> {
    const path = this.path(owner, keyEnding);
    if ((await readOrNull(path)) !== from.toString('base64') || (await this.isGone(owner))) return false;
    const temporary = `${path}.${randomUUID()}${newEnding}`;
    await writeSynced(temporary, to.toString('base64'));
    const aside = await this.setAside(path);
    await rename(temporary, path);
    await this.syncFolder();
    if (aside) await wipe(aside);
    // Destroyed meanwhile: the mark was there before the file was removed, so the one put back now is seen and goes too.
    if (!(await this.isGone(owner))) return true;
    await wipe(path);
    return false;
  }

  async destroy(owner: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    // The mark comes first: from here on the key counts as destroyed, whatever happens to this process.
    await this.linkNew(this.path(owner, goneEnding), new Date().toISOString());
    await this.syncFolder();
    await wipe(this.path(owner, keyEnding));
    await this.syncFolder();
  }

  async owners(page: Page): Promise<string[]> {
    return this.names(keyEnding, page);
  }

  async destroyed(page: Page): Promise<DestroyedKey[]> {
    const owners = await this.names(goneEnding, page);
    return Promise.all(owners.map(async (owner) => ({ owner, at: await this.goneAt(owner) })));
  }

  /**
   * Files that were written and not yet put in their place, or were replaced, hold a wrapped key too: it must not outlive the one in force.
   * A key beside the mark that it was destroyed was put back by a rotation that died in that moment.
   */
  async tidy(olderThan: Date): Promise<number> {
    let removed = 0;
    const files = await this.files();
    const present = new Set(files);
    for (const file of files.filter((name) => name.endsWith(goneEnding))) {
      const key = `${file.slice(0, -goneEnding.length)}${keyEnding}`;
      if (!present.has(key)) continue;
      await wipe(join(this.folder, key));
      removed += 1;
    }
    for (const file of files.filter((name) => name.endsWith(newEnding))) {
      const path = join(this.folder, file);
      const found = await stat(path).catch(() => null);
      if (!found || found.mtime >= olderThan) continue;
      // After the link was made both names are one file: to overwrite it would destroy the key in force.
      if (found.nlink > 1) await rm(path, { force: true });
      else await wipe(path);
      removed += 1;
    }
    return removed;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async names(ending: string, { after, limit }: Page): Promise<string[]> {
    const names = (await this.files()).filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
    return names.filter((name) => ownerName.test(name) && (after === null || name > after)).sort().slice(0, limit);
  }

  private async files(): Promise<string[]> {
    return readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  }

  private async isGone(owner: string): Promise<boolean> {
    return stat(this.path(owner, goneEnding)).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
  }

  private async goneAt(owner: string): Promise<Date> {
    const path = this.path(owner, goneEnding);
    const at = new Date((await readOrNull(path)) ?? '');
    return Number.isNaN(at.getTime()) ? (await stat(path)).mtime : at;
  }

  /** Gives a file that is about to be replaced a second name, by which it can be wiped afterwards. @returns null when it is gone */
  private async setAside(path: string): Promise<string | null> {
    const aside = `${path}.${randomUUID()}${newEnding}`;
    try {
      await link(path, aside);
      return aside;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** A link is made only where there is no file yet, which a rename would replace: the first of two must win. */
  private async linkNew(path: string, text: string): Promise<void> {
    const temporary = `${path}.${randomUUID()}${newEnding}`;
    await writeSynced(temporary, text);
    try {
      await link(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(temporary);
    }
  }

  /** The name of a new file is safe from a power cut only when its folder is written too. */
  private async syncFolder(): Promise<void> {
    const folder = await open(this.folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  private path(owner: string, ending: string): string {
    if (!ownerName.test(owner)) throw new Error('Not the name of a key owner');
    return join(this.folder, `${owner}${ending}`);
  }
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Overwrites before it removes, so that the bytes do not simply stay in a free block of the file system. */
async function wipe(path: string): Promise<void> {
  const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return;
  try {
    await file.write(Buffer.alloc((await file.stat()).size), 0, undefined, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await rm(path, { force: true });
}
