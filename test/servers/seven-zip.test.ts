/** A download with passwords opened by 7-Zip: what a person has who gets the file and its passphrase. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipOf } from '../../tables/zip.js';

const run = promisify(execFile);
const passphrase = 'violet kettle Monday 17 Herring';
const table = Buffer.from('\ufeffName,Password\r\nFirewall,"S3cret, ""quoted"""\r\n');
/** Larger than any buffer on the way, and nothing that could be made smaller. */
const file = randomBytes(3 * 1024 * 1024);
const parts = { 'passwords.csv': table, 'attachments/Übergabe 1.bin': file, 'attachments/empty.txt': Buffer.alloc(0) };

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'client-onboarder-7z-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @throws when the program is missing, with how to get it */
async function unpack(archive: string, phrase: string, to: string): Promise<void> {
  try {
    await run('7z', ['x', '-y', `-p${phrase}`, `-o${to}`, archive], { timeout: 120_000 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error("There is no 7-Zip to test against: install Debian's package `p7zip-full` or `7zip` (or have `7z` in PATH).", { cause: error });
  }
}

describe.each(['ordinary', 'huge'] as const)('7-Zip, given a file of %s size', (size) => {
  it('opens it with its passphrase, and not with another', async () => {
    const archive = join(folder, `${size}.zip`);
    const entries = Object.entries(parts).map(([name, bytes]) => ({ name, bytes: (async function* () { yield bytes; })() }));
    const written = await buffer(zipOf(entries, { passphrase, size, at: new Date('2026-11-21T12:00:00Z') }));
    expect(written.includes('S3cret')).toBe(false);
    await writeFile(archive, written);
    const to = join(folder, size);
    await unpack(archive, passphrase, to);
    for (const [name, bytes] of Object.entries(parts)) expect((await readFile(join(to, name))).equals(bytes), name).toBe(true);
    await expect(unpack(archive, 'violet kettle Monday 17 herring', join(folder, `${size}-wrong`))).rejects.toMatchObject({ code: 2 });
  });
});
