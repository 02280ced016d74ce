/** Reads ZIPs that a passphrase protects, by WinZip's own description of AE-2: a second pair of eyes beside the library that writes them. */
import { createCipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { inflateRawSync } from 'node:zlib';
import { fromBufferPromise, type Entry } from 'yauzl';

/** The files of a ZIP by name. @throws when the passphrase is not the one */
export async function openZip(zip: Buffer, passphrase: string | null = null): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const opened = await fromBufferPromise(zip, { lazyEntries: true, autoClose: false });
  for await (const entry of opened.eachEntry()) {
    const aes = entry.extraFields.find((field) => field.id === 0x9901);
    const raw = await buffer(await opened.openReadStreamPromise(entry, aes ? { decodeFileData: false } : {}));
    files.set(entry.fileName, aes ? decrypted(entry, aes.data, raw, passphrase ?? '') : raw);
  }
  opened.close();
  return files;
}

function decrypted(entry: Entry, extra: Buffer, raw: Buffer, passphrase: string): Buffer {
  const [version, vendor, strength, method] = [extra.readUInt16LE(0), extra.toString('latin1', 2, 4), extra[4], extra.readUInt16LE(5)];
  if (version !== 2 || vendor !== 'AE' || strength !== 3) throw new Error('Not AE-2 with AES-256');
  const [salt, check, sealed, code] = [raw.subarray(0, 16), raw.subarray(16, 18), raw.subarray(18, -10), raw.subarray(-10)];
  const keys = pbkdf2Sync(passphrase, salt, 1_000, 66, 'sha1');
  if (!keys.subarray(64).equals(check)) throw new Error('Wrong passphrase');
  if (!timingSafeEqual(createHmac('sha1', keys.subarray(32, 64)).update(sealed).digest().subarray(0, 10), code)) throw new Error(`${entry.fileName} was changed`);
  const plain = counted(keys.subarray(0, 32), sealed);
  return method === 0 ? plain : inflateRawSync(plain);
}

/** AES-256 in WinZip's counter mode: the counter begins with 1 and is little-endian. */
function counted(key: Buffer, sealed: Buffer): Buffer {
  const counters = Buffer.alloc(Math.ceil(sealed.length / 16) * 16);
  for (let block = 0; block * 16 < counters.length; block += 1) counters.writeUInt32LE(block + 1, block * 16);
  const stream = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(counters);
  return Buffer.from(sealed.map((byte, index) => byte ^ stream[index]!));
}
