/**
 * The few pieces of the PostgreSQL wire protocol 3.0 that a server in front of PGlite needs.
 * Source of the formats: PostgreSQL documentation, "Frontend/Backend Protocol", chapter "Message Formats".
 */

/** Largest message accepted from a client, in bytes. Larger ones end the connection. */
export const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

export const SSL_REQUEST = 80877103;
export const GSS_REQUEST = 80877104;
export const CANCEL_REQUEST = 80877102;
export const PROTOCOL_3_0 = 196608;

/** Transaction status as ReadyForQuery tells it: idle, in a transaction, in a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E';

export class ProtocolError extends Error {}

/** Cuts a byte stream into whole messages, however TCP has split or glued them. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #size = 0;
  /** The first message of a connection has no type byte. */
  #typed = false;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** From now on messages carry a type byte (after the startup packet). */
  startupDone(): void {
    this.#typed = true;
  }

  /** The next whole message, or undefined when more bytes are needed. Throws ProtocolError on an impossible length. */
  next(): Buffer | undefined {
    const head = this.#typed ? 5 : 4;
    if (this.#size < head) return undefined;
    const start = this.#peek(head);
    const total = start.readInt32BE(head - 4) + (this.#typed ? 1 : 0);
    if (total < head || total > MAX_MESSAGE_BYTES) throw new ProtocolError(`a message of ${total} bytes is not accepted`);
    if (this.#size < total) return undefined;
    // One join per whole message (not one per chunk): a 2 MB row in 64 KB chunks is copied once.
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const rest = all.subarray(total);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return all.subarray(0, total);
  }

  #peek(bytes: number): Buffer {
    if (this.#chunks[0]!.length < bytes) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }
}

/** Follows the server's output and remembers the status of the last ReadyForQuery in it. */
export class StatusWatcher {
  status: TransactionStatus | undefined;
  #head: number[] = [];
  #skip = 0;

  feed(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#skip > 0) {
        if (this.#head[0] === 0x5a) this.status = String.fromCharCode(bytes[at]!) as TransactionStatus;
        const step = Math.min(this.#skip, bytes.length - at);
        this.#skip -= step;
        at += step;
        if (this.#skip === 0) this.#head = [];
        continue;
      }
      this.#head.push(bytes[at]!);
      at += 1;
      if (this.#head.length === 5) {
        this.#skip = Buffer.from(this.#head).readInt32BE(1) - 4;
        if (this.#skip === 0) this.#head = [];
      }
    }
  }
}

/** A message with a type byte. */
export function message(type: string, body: Buffer | string): Buffer {
  const content = typeof body === 'string' ? Buffer.from(`${body}\0`) : body;
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

/** An ErrorResponse with severity, SQLSTATE and text. */
export function errorResponse(severity: 'ERROR' | 'FATAL', code: string, text: string): Buffer {
  return message('E', Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${text}\0\0`));
}

/** The startup packet that asks for the default database. */
export function startupPacket(): Buffer {
  const body = Buffer.from('user\0postgres\0database\0postgres\0client_encoding\0UTF8\0\0');
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(PROTOCOL_3_0, 4);
  return Buffer.concat([head, body]);
}

/** Key-value pairs of a client's startup packet. */
export function startupParameters(packet: Buffer): Record<string, string> {
  const words = packet.subarray(8).toString('utf8').split('\0');
  const parameters: Record<string, string> = {};
  for (let i = 0; i + 1 < words.length && words[i] !== ''; i += 2) parameters[words[i]!] = words[i + 1]!;
  return parameters;
}

/** Splits a run of whole server messages. */
export function splitMessages(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + bytes.readInt32BE(at + 1);
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

/**
 * Gives a prepared statement of one connection a name that no other connection uses: behind the socket all
 * connections share one PostgreSQL session, where statement names are global. Unnamed statements stay unnamed.
 *
 * @returns the message to execute and the private name that it creates, if it is a named Parse
 */
export function withPrivateStatementName(original: Buffer, prefix: string): { message: Buffer; created?: string } {
  const type = String.fromCharCode(original[0]!);
  let nameAt: number;
  if (type === 'P') nameAt = 5;
  else if (type === 'B') nameAt = original.indexOf(0, 5) + 1;
  else if ((type === 'D' || type === 'C') && original[5] === 0x53) nameAt = 6;
  else return { message: original };
  if (nameAt === 0 || original[nameAt] === 0 || original[nameAt] === undefined) return { message: original };
  const body = Buffer.concat([original.subarray(5, nameAt), Buffer.from(prefix), original.subarray(nameAt)]);
  const renamed = message(type, body);
  if (type !== 'P') return { message: renamed };
  return { message: renamed, created: renamed.subarray(5, renamed.indexOf(0, 5)).toString('utf8') };
}

const COPY_FROM_CLIENT = /^\s*copy\b[^;]*\bfrom\s+stdin\b/i;
const REFUSE_COPY =
  "DO $$ BEGIN RAISE EXCEPTION 'COPY FROM STDIN is not supported by the embedded database; use INSERT' USING ERRCODE = '0A000'; END $$";

/**
 * Replaces `COPY ... FROM STDIN` by a statement that raises a plain error. PGlite reads its input in one go, takes the
 * missing rows for a lost client and ends its only session (seen with 0.5.14), which would end everybody's.
 */
export function withoutCopyFromClient(original: Buffer): Buffer {
  const type = original[0];
  if (type === 0x51 && COPY_FROM_CLIENT.test(original.toString('utf8', 5, 205))) return message('Q', REFUSE_COPY);
  if (type === 0x50) {
    const queryAt = original.indexOf(0, 5) + 1;
    if (queryAt > 0 && COPY_FROM_CLIENT.test(original.toString('utf8', queryAt, queryAt + 200))) {
      return message('P', Buffer.concat([original.subarray(5, queryAt), Buffer.from(`${REFUSE_COPY}\0`), Buffer.alloc(2)]));
    }
  }
  return original;
}
