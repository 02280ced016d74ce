import { stat } from 'node:fs/promises';
import { KeyEncryptionError } from './key-encryption.js';

/**
 * Whoever reads a secret can do what we can: a file that everybody on the machine may read or change stops the start. Its group may
 * have it, since files that containers mount often belong to root and are read by a group. What is not set or not there is passed over.
 * @throws {KeyEncryptionError}
 */
export async function refuseOpenFiles(...paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    const facts = path ? await stat(path).catch(() => null) : null;
    if (facts && (facts.mode & 0o007) !== 0) {
      throw new KeyEncryptionError(`${path} can be read or changed by everybody on this machine (mode ${(facts.mode & 0o777).toString(8)}); take that away with: chmod 600 ${path}`);
    }
  }
}
