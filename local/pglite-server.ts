/**
 * A PostgreSQL server in front of one PGlite database, for many connections at a time.
 *
 * Why not @electric-sql/pglite-socket (read and tried at 0.2.17): it queues single messages, so outside BEGIN the Parse,
 * Bind and Execute of different connections mix (they share the unnamed statement of one session); it keeps prepared
 * statement names global; an exception leaves its queue stopped for good; and a transaction left idle blocks everybody
 * without an end. Here the unit is a whole batch (up to Sync or a simple query) and a connection keeps the database
 * from its first batch until PostgreSQL reports that no transaction is open.
 *
 * What stays shared, because there is one session underneath: SET outside a transaction, temporary tables, session-level
 * advisory locks (pg_advisory_xact_lock works as usual) and LISTEN. Startup options and query cancelling are ignored.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { PgliteTurns, type Guest } from './pglite-turns.js';
import {
  CANCEL_REQUEST,
  GSS_REQUEST,
  MAX_MESSAGE_BYTES,
  MessageReader,
  PROTOCOL_3_0,
  ProtocolError,
  SSL_REQUEST,
  errorResponse,
  message,
  splitMessages,
  startupPacket,
  startupParameters,
  withPrivateStatementName,
  withoutCopyFromClient,
} from './pg-wire.js';

export interface PgliteServerOptions {
  db: PGlite;
  /** Address to listen on. */
  host: string;
  /** Port to listen on; 0 takes any free one. */
  port: number;
  /** When given, every client must send it (in clear text: for the loopback address only). */
  password?: string;
  /** Connections at a time; further ones are refused with SQLSTATE 53300. Default 100. */
  maxConnections?: number;
  /** How long an open transaction may wait for its client before it is ended, in milliseconds. Default 60,000. */
  idleTransactionMs?: number;
  /** Called once if the database itself has died and cannot serve any more. */
  onFatal?: (error: Error) => void;
}

export interface PgliteServer {
  port: number;
  /** Rolls back what is open, tells clients and closes the port. The database itself stays open. */
  close(): Promise<void>;
}

/** The types of message after which PostgreSQL answers: simple query, Sync, Flush, function call. */
const ENDS_BATCH = new Set(['Q', 'S', 'H', 'F'].map((type) => type.charCodeAt(0)));
const TERMINATE = 'X'.charCodeAt(0);
const PASSWORD = 'p'.charCodeAt(0);

/** Starts listening. Rejects with the system's error (for example EADDRINUSE) when the port cannot be had. */
export async function servePglite(options: PgliteServerOptions): Promise<PgliteServer> {
  const { db, password, maxConnections = 100, idleTransactionMs = 60_000 } = options;
  await db.waitReady;
  const greeting = await readGreeting(db);
  const turns = new PgliteTurns(db, { idleTransactionMs, ...(options.onFatal ? { onFatal: options.onFatal } : {}) });
  const connections = new Set<Connection>();
  let serial = 0;

  const server = createServer({ noDelay: true }, (socket) => {
    serial += 1;
    const connection = new Connection(socket, turns, {
      id: serial,
      greeting,
      admit: () => connections.size <= maxConnections,
      ...(password === undefined ? {} : { password }),
    });
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.fail('57P01', 'the database server is stopping');
      await closed;
      turns.stop();
    },
  };
}

/** Asks PGlite once for what it tells a new client; the same bytes then greet every client without taking a turn. */
async function readGreeting(db: PGlite): Promise<Buffer> {
  const parts: Buffer[] = [];
  await db.execProtocolRawStream(startupPacket(), { onRawData: (bytes) => parts.push(Buffer.from(bytes)) });
  const parameters = splitMessages(Buffer.concat(parts)).filter((part) => part[0] === 'S'.charCodeAt(0));
  return Buffer.concat([message('R', Buffer.alloc(4)), ...parameters]);
}

interface ConnectionOptions {
  id: number;
  greeting: Buffer;
  admit: () => boolean;
  password?: string;
}

/** One client: reads its messages, gathers them into batches and hands those to the turns. */
class Connection implements Guest {
  readonly statementNames = new Set<string>();
  readonly batches: Buffer[] = [];
  #phase: 'startup' | 'password' | 'open' | 'leaving' = 'startup';
  readonly #reader = new MessageReader();
  #gathered: Buffer[] = [];
  #waitingBytes = 0;

  constructor(
    readonly socket: Socket,
    readonly turns: PgliteTurns,
    readonly options: ConnectionOptions,
  ) {
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // A reset connection needs no more than the 'close' that always follows.
    socket.on('error', () => undefined);
    socket.on('close', () => turns.leave(this));
  }

  send(bytes: Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Ends the connection with an error that the client can show. */
  fail(code: string, text: string): void {
    this.#phase = 'leaving';
    if (this.socket.writable) this.socket.end(errorResponse('FATAL', code, text));
    this.socket.destroySoon();
    this.turns.leave(this);
  }

  batchTaken(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (this.#phase === 'leaving' && this.batches.length === 0) this.socket.end();
  }

  #receive(chunk: Buffer): void {
    if (this.#phase === 'leaving') return;
    this.turns.heardFrom(this);
    this.#reader.push(chunk);
    try {
      for (let next = this.#reader.next(); next !== undefined; next = this.#reader.next()) {
        this.#take(next);
        if (this.socket.destroyed || this.socket.writableEnded) return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail('08P01', error.message);
    }
  }

  #take(bytes: Buffer): void {
    if (this.#phase === 'startup') this.#start(bytes);
    else if (this.#phase === 'password') this.#checkPassword(bytes);
    else if (this.#phase === 'open') this.#gather(bytes);
  }

  #start(packet: Buffer): void {
    const code = packet.length >= 8 ? packet.readInt32BE(4) : 0;
    if (code === SSL_REQUEST || code === GSS_REQUEST) return this.send(Buffer.from('N'));
    if (code === CANCEL_REQUEST) {
      this.socket.end();
      return;
    }
    if (code !== PROTOCOL_3_0) return this.fail('0A000', `protocol ${code >> 16}.${code & 0xffff} is not supported, only 3.0`);
    this.#reader.startupDone();
    const { user, database = user } = startupParameters(packet);
    if (database !== 'postgres') return this.fail('3D000', `database "${database}" does not exist; the embedded one is called "postgres"`);
    if (!this.options.admit()) return this.fail('53300', 'too many connections to the embedded database');
    if (this.options.password === undefined) return this.#welcome();
    this.#phase = 'password';
    this.send(message('R', Buffer.from([0, 0, 0, 3])));
  }

  #checkPassword(bytes: Buffer): void {
    const expected = Buffer.from(this.options.password ?? '');
    const given = bytes[0] === PASSWORD ? bytes.subarray(5, -1) : Buffer.alloc(0);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return this.fail('28P01', 'password authentication failed');
    }
    this.#welcome();
  }

  #welcome(): void {
    this.#phase = 'open';
    const key = Buffer.alloc(8);
    key.writeInt32BE(this.options.id & 0x7fffffff, 0);
    this.send(Buffer.concat([this.options.greeting, message('K', key), message('Z', Buffer.from('I'))]));
  }

  #gather(bytes: Buffer): void {
    if (bytes[0] === TERMINATE) {
      this.#phase = 'leaving';
      // What was sent before the farewell is still carried out, as a PostgreSQL server does.
      if (this.batches.length === 0) this.socket.end();
      return;
    }
    const { message: renamed, created } = withPrivateStatementName(withoutCopyFromClient(bytes), `${this.options.id.toString(36)}:`);
    if (created !== undefined) this.statementNames.add(created);
    this.#gathered.push(renamed);
    this.#waitingBytes += renamed.length;
    if (this.#waitingBytes > MAX_MESSAGE_BYTES) {
      return this.fail('54000', `more than ${MAX_MESSAGE_BYTES} bytes are waiting to be executed on this connection`);
    }
    if (!ENDS_BATCH.has(renamed[0]!)) return;
    this.batches.push(Buffer.concat(this.#gathered));
    this.#gathered = [];
    this.turns.request(this);
  }
}
