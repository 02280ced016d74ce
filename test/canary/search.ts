/** Finds canaries in bytes, in whatever form they may have been written there. */
import { constants, inflateRawSync, inflateSync } from 'node:zlib';
import { forms, type Canaries, type Canary, type Form } from './words.js';

/**
 * Forms that are looked for. JSON, URLs, HTML, CSV, XML and quoted-printable leave a canary as it is: it has no character that
 * they escape. base64url is base64 here: letters and digits alone never lead to `+` or `/`.
 */
export const encodings = ['plain', 'upper case', 'UTF-16', 'hex', 'hex with blanks', 'base64', 'percent-encoded', 'list of bytes'] as const;
export type Encoding = (typeof encodings)[number];

export interface Hit {
  /** Null: the beginning of a canary, whose rest was cut off or changed. */
  readonly canary: Canary | null;
  readonly encoding: Encoding;
  /** The packed file in which it lay, such as `zip`, outermost first. */
  readonly within: readonly string[];
}

interface Needle {
  readonly form: Form;
  readonly encoding: Encoding;
  readonly bytes: Buffer;
  /** The text at a hit, long enough for any canary. */
  readonly read: (from: Buffer, at: number) => string;
}

/** Longest canary: a MAC or IP address. */
const longest = 24;
/** A packed file in a packed file in a packed file is followed; what is larger unpacked is a bomb. */
const deepest = 3;
const mostUnpacked = 256 * 1024 * 1024;
/** A page of a database may hold thousands of hits of one canary; a few tell all. */
const mostHits = 1_000;

export class Search {
  readonly #needles: readonly Needle[];

  constructor(private readonly canaries: Canaries) {
    this.#needles = forms.flatMap((form) => needlesOf(form, canaries.shapes[form].start));
  }

  /** All canaries in the bytes, each once for each form; also in gzip, zlib and ZIP that lie in them. */
  in(bytes: Buffer, within: readonly string[] = []): Hit[] {
    const hits = new Map<string, Hit>();
    for (const needle of this.#needles) {
      let seen = 0;
      for (let at = bytes.indexOf(needle.bytes); at >= 0 && seen < mostHits; at = bytes.indexOf(needle.bytes, at + 1), seen += 1) {
        const canary = this.canaries.find(needle.form, needle.read(bytes, at));
        // Six digits alone may be anything; the beginning of a word is nothing else.
        if (canary === null && needle.form !== 'word') continue;
        hits.set(`${canary?.field ?? ''} ${needle.encoding}`, { canary, encoding: needle.encoding, within });
      }
    }
    const unpacked = within.length < deepest ? [...unpack(bytes)].flatMap(({ how, content }) => this.in(content, [...within, how])) : [];
    return [...hits.values(), ...unpacked];
  }

  inText(text: string): Hit[] {
    return this.in(Buffer.from(text));
  }
}

function needlesOf(form: Form, start: string): Needle[] {
  const needle = (encoding: Encoding, bytes: Buffer | string, read: Needle['read']): Needle => ({ form, encoding, bytes: Buffer.from(bytes as string), read });
  const ascii = (from: Buffer, at: number) => from.toString('latin1', at, at + longest);
  const fromHex = (separator: string) => (from: Buffer, at: number) =>
    Buffer.from(from.toString('latin1', at, at + longest * (2 + separator.length)).replaceAll(separator || '\0', ''), 'hex').toString('latin1');
  const own = Buffer.from(start);
  const hex = own.toString('hex');
  const pairs = hex.match(/../g)!;
  const percent = pairs.map((pair) => `%${pair}`).join('');
  // A MAC address is upper case itself; other tools write it otherwise.
  const other = start === start.toLowerCase() ? start.toUpperCase() : start.toLowerCase();
  return [
    needle('plain', own, ascii),
    ...(other === start ? [] : [needle('upper case', other, ascii)]),
    // Without the last zero: then it is found in both orders of bytes.
    needle('UTF-16', Buffer.from(start, 'utf16le').subarray(0, -1), (from, at) => Buffer.from(from.subarray(at, at + 2 * longest).filter((_, index) => index % 2 === 0)).toString('latin1')),
    ...unlike(hex, hex.toUpperCase()).map((one) => needle('hex', one, fromHex(''))),
    needle('hex with blanks', pairs.join(' '), fromHex(' ')),
    ...[0, 1, 2].map((offset) => base64Needle(form, own, offset)),
    ...unlike(percent, percent.toUpperCase()).map((one) => needle('percent-encoded', one, fromHex('%'))),
    ...[',', ', '].map((comma) => needle('list of bytes', [...own].join(comma), (from, at) => Buffer.from((from.toString('latin1', at, at + longest * 5).match(/\d+/g) ?? []).map(Number)).toString('latin1'))),
  ];
}

const unlike = (one: string, other: string) => (one === other ? [one] : [one, other]);

/** base64 of the bytes when so many others stand before them in their group of three: only what those do not touch. */
function base64Needle(form: Form, bytes: Buffer, offset: number): Needle {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor(((offset + bytes.length) * 8) / 6);
  return {
    form,
    encoding: 'base64',
    bytes: Buffer.from(text.slice(first, last)),
    read: (from, at) => Buffer.from(from.toString('latin1', at - first, at - first + 4 * Math.ceil((offset + longest) / 3)).replace(/[^\w+/-].*$/s, ''), 'base64').subarray(offset).toString('latin1'),
  };
}

const signatures = [
  { how: 'gzip', bytes: Buffer.from([0x1f, 0x8b, 0x08]) },
  { how: 'zlib', bytes: Buffer.from([0x78, 0x01]) },
  { how: 'zlib', bytes: Buffer.from([0x78, 0x5e]) },
  { how: 'zlib', bytes: Buffer.from([0x78, 0x9c]) },
  { how: 'zlib', bytes: Buffer.from([0x78, 0xda]) },
  { how: 'zip', bytes: Buffer.from([0x50, 0x4b, 0x03, 0x04]) },
] as const;

/** What is packed in the bytes, wherever it begins. Random bytes that only look so do not unpack. */
function* unpack(bytes: Buffer): Generator<{ how: string; content: Buffer }> {
  for (const { how, bytes: signature } of signatures) {
    for (let at = bytes.indexOf(signature); at >= 0; at = bytes.indexOf(signature, at + 1)) {
      const content = unpacked(how, bytes.subarray(at));
      if (content !== null && content.length > 0) yield { how, content };
    }
  }
}

function unpacked(how: (typeof signatures)[number]['how'], bytes: Buffer): Buffer | null {
  // What was cut off is read as far as it goes.
  const options = { maxOutputLength: mostUnpacked, finishFlush: constants.Z_SYNC_FLUSH };
  try {
    switch (how) {
      case 'gzip':
        return inflateRawSync(bytes.subarray(endOfGzipHeader(bytes)), options);
      case 'zlib':
        return inflateSync(bytes, options);
      case 'zip': {
        // The local header: method at 8, lengths of name and extra field at 26 and 28.
        const data = bytes.subarray(30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28));
        return bytes.readUInt16LE(8) === 8 ? inflateRawSync(data, options) : null;
      }
    }
  } catch {
    return null;
  }
}

/** RFC 1952, section 2.3: ten bytes, then what the flags name. Node's own reader takes nothing that is followed by something else. */
function endOfGzipHeader(bytes: Buffer): number {
  const flags = bytes[3]!;
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  for (const text of [8, 16]) if (flags & text) at = bytes.indexOf(0, at) + 1;
  return flags & 2 ? at + 2 : at;
}
