import type { ByteSource } from './byte-source.js';
import { chosen, type Finding } from './finding.js';
import { TableError } from './table-error.js';

/** Encodings that a person can choose from. */
export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'windows-1250', 'windows-1251', 'iso-8859-2', 'iso-8859-15', 'macintosh'] as const;
export type Encoding = (typeof encodings)[number];

/** What stands where bytes make no character. */
export const unreadable = '\ufffd';

/** Finds out how the text of a file is encoded. What the bytes do not prove is `likely`, and the person sees it. */
export async function encodingOf(file: ByteSource, choice: Encoding | null): Promise<Finding<Encoding>> {
  const head = await file.range(0, Math.min(file.size, 4_096));
  const found = choice ? chosen(choice) : (markOf(head) ?? utf16Guess(head) ?? (await byContent(file)));
  if (!found.value.startsWith('utf-16')) refuseBinary(head);
  return found;
}

/** The text of a file, piece by piece. A byte order mark is taken away. */
export async function* decoded(file: ByteSource, encoding: Encoding): AsyncGenerator<string> {
  if (encoding === 'windows-1252') {
    for await (const chunk of file.chunks()) yield windows1252Text(chunk);
    return;
  }
  const decoder = new TextDecoder(encoding);
  for await (const chunk of file.chunks()) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

function markOf(head: Buffer): Finding<Encoding> | null {
  const [first, second, third] = head;
  const marked = (value: Encoding): Finding<Encoding> => ({ value, sure: 'certain', why: 'the file begins with its byte order mark' });
  if (first === 0xff && second === 0xfe) return marked('utf-16le');
  if (first === 0xfe && second === 0xff) return marked('utf-16be');
  return first === 0xef && second === 0xbb && third === 0xbf ? marked('utf-8') : null;
}

/** Text of a Latin script in UTF-16 has a zero in every second byte. */
function utf16Guess(head: Buffer): Finding<Encoding> | null {
  let even = 0;
  let odd = 0;
  head.forEach((byte, index) => {
    if (byte !== 0) return;
    if (index % 2 === 0) even += 1;
    else odd += 1;
  });
  const enough = head.length * 0.3;
  const why = 'every second byte is zero';
  if (odd > enough && even === 0) return { value: 'utf-16le', sure: 'likely', why };
  return even > enough && odd === 0 ? { value: 'utf-16be', sure: 'likely', why } : null;
}

const plainLetters: Finding<Encoding> = { value: 'utf-8', sure: 'certain', why: 'plain letters only' };

async function byContent(file: ByteSource): Promise<Finding<Encoding>> {
  if (file.plain) return plainLetters;
  let foreign = 0;
  let broken = 0;
  for await (const text of decoded(file, 'utf-8')) {
    for (const [found] of text.matchAll(/[^\u0000-\u007f]+/gu)) {
      for (const character of found) {
        if (character === unreadable) broken += 1;
        else foreign += 1;
      }
    }
  }
  if (foreign + broken === 0) return plainLetters;
  if (broken === 0) return { value: 'utf-8', sure: 'certain', why: 'every character beyond plain letters is valid UTF-8' };
  // One damaged character does not make a file of another code page: its cell alone is refused.
  if (foreign > broken * 4) return { value: 'utf-8', sure: 'likely', why: `valid UTF-8 but for ${broken} damaged characters` };
  return { value: 'windows-1252', sure: 'likely', why: 'no valid UTF-8; most such files come from western Windows' };
}

/** A text has no zero bytes and hardly any control characters; pictures and programs do. */
function refuseBinary(head: Buffer): void {
  let control = 0;
  for (const byte of head) if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) control += 1;
  if (control > head.length * 0.1) throw new TableError('The file is no text: send a CSV file or an Excel workbook (.xlsx)');
}

function windows1252Text(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\u0080-\u009f]/g, (character) => windows1252[character.charCodeAt(0) - 0x80]!);
}

/** What windows-1252 has at 0x80 to 0x9f. Node 20 decodes these as Latin-1 also when it is asked for windows-1252. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
