import { z } from 'zod';
import { isIP } from 'node:net';
import { filePath, port } from './read.js';

/** Who wraps the data keys, and where they are kept. */
export const keyVariables = {
  KEY_ENCRYPTION_KEY_FILE: z.string().optional().describe('File (mode 0600) with the 32-byte key that wraps every data key, as base64 or hex; after a rotation one key a line, the newest first. Without it nothing can be read. Either this or KEY_TRANSIT_URL.'),
  KEY_TRANSIT_URL: z.url().optional().describe('Address of a Vault-compatible server whose transit engine wraps the data keys instead of a key file.'),
  KEY_TRANSIT_MOUNT: z.string().regex(/^[\w/-]+$/, 'must be a mount path').optional().describe('Where the transit engine is mounted there; `transit` by default.'),
  KEY_TRANSIT_KEY: z.string().regex(/^[\w.-]+$/, 'must be the name of a key').optional().describe('Name of the transit key; `client-onboarder` by default.'),
  KEY_TRANSIT_TOKEN_FILE: z.string().optional().describe('File (mode 0600) with the token for it. It may encrypt and decrypt with the key and read its description.'),
  KEY_TRANSIT_NAMESPACE: z.string().optional().describe('Namespace of the transit engine, where the server has them.'),
  KEY_STORE_DIR: z.string().optional().describe('Folder of the wrapped data keys, apart from the database and its backups. Either this or KEY_STORE_URL.'),
  KEY_STORE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a PostgreSQL connection string' }).optional().describe('PostgreSQL connection string of a separate database for the wrapped data keys, for several machines.'),
} as const;

/** The database. */
export const databaseVariables = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a PostgreSQL connection string' }).describe('PostgreSQL connection string.'),
} as const;

/** The key that signs where audit chains end. */
export const auditVariables = {
  AUDIT_SIGNING_KEY_FILE: z.string().optional().describe('File (mode 0600) with an Ed25519 private key (PEM) that signs where an audit chain ends. Without it heads cannot be signed.'),
} as const;

/** Where the bytes of attachments go. */
export const fileVariables = {
  FILES_S3_BUCKET: z.string().optional().describe('S3 bucket for the (sealed) bytes of attachments. Without it they go into the database. What is in the database stays readable there.'),
  FILES_S3_REGION: z.string().optional().describe('Region of the bucket; `us-east-1` by default.'),
  FILES_S3_ENDPOINT: z.url().optional().describe('Address of an S3-compatible server. Without it AWS.'),
  FILES_S3_ACCESS_KEY_ID: z.string().optional().describe('Access key. Without it the credentials of the machine: AWS environment variables, profile or instance role.'),
  FILES_S3_SECRET_KEY_FILE: z.string().optional().describe('File (mode 0600) with the secret that belongs to the access key.'),
} as const;

/** The database and the keys that seal it: needed by the API and the worker alike. */
export const storeVariables = {
  ...databaseVariables,
  DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(200).default(10).describe('Most database connections of one process.'),
  NAME_HASH_KEY_FILE: filePath('File (mode 0600) with the 32-byte key of the hashes that keep names unique.'),
  ...keyVariables,
  KEY_BACKUP_DAYS: z.coerce.number().int().min(0).max(3_650).optional().describe('Longest time that a backup of the key store is kept, in days; 0 where it is in no backup. So many days after a removal no backup can bring anything back: certificates say when. Without it they do not.'),
  ...fileVariables,
} as const;

/** Temporal, for the API and the worker. */
export const temporalVariables = {
  TEMPORAL_ADDRESS: z.string('must be host:port').default('127.0.0.1:7233').describe('Host and port of the Temporal server.'),
  TEMPORAL_NAMESPACE: z.string().default('default').describe('Temporal namespace.'),
  TEMPORAL_API_KEY: z.string().optional().describe('API key for Temporal Cloud. Turns TLS on.'),
  TEMPORAL_TLS_CERT_FILE: z.string().optional().describe('Client certificate (PEM) for mutual TLS.'),
  TEMPORAL_TLS_KEY_FILE: z.string().optional().describe('Private key (PEM, file mode 0600) of the client certificate.'),
  PAYLOAD_KEY_FILE: filePath('File (mode 0600) with the 32-byte key that encrypts everything kept in Temporal.'),
} as const;

/** The stand-in of IT Glue, for the API and the worker. */
const standInVariables = {
  IT_GLUE_STAND_IN_URL: z.url().optional().describe('Base address of a stand-in of the IT Glue API. Without it no tenant can connect to one.'),
  IT_GLUE_STAND_IN_WEB_URL: z.url().optional().describe("Web address of that stand-in's pages, for links."),
} as const;

/** Whoever may be any proxy could call itself any address, and no limit by address would hold: each must be named. */
function isProxy(text: string): boolean {
  if (text === 'loopback') return true;
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128)));
}

const logLevel = z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least severity that is logged.');

export const apiVariables = {
  ...storeVariables,
  ...temporalVariables,
  ...auditVariables,
  API_HOST: z.string().default('127.0.0.1').describe('Address that the API listens on.'),
  API_PORT: port(4000).describe('Port of the API; 0 takes any free one.'),
  API_RATE_LIMIT: z.coerce.number().int().min(1).default(3_000).describe('Requests per minute that one person may send.'),
  IT_GLUE_PUBLIC_KEY_FILE: filePath("File with the X25519 public key (PEM) that IT Glue keys are sealed to: the other half of the workers' IT_GLUE_PRIVATE_KEY_FILE."),
  ...standInVariables,
  DECISION_TIMEOUT_MS: z.coerce.number().int().min(500).max(30_000).default(4_500).describe('How long a decision waits for a worker before it answers 503 (milliseconds).'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be a web address' }).optional().describe('Web address at which people reach the API, such as https://onboarding.example.com: for links in mails. With https, cookies are for TLS only.'),
  IDENTITY_PROVIDER_NETWORK: z.enum(['public', 'any']).default('public').describe('Where the identity providers of tenants may be: `public`, on the internet with TLS; `any`, in your own network or without TLS too, where all tenants are yours.'),
  SESSION_IDLE_MINUTES: z.coerce.number().int().min(1).max(1_440).default(30).describe('After so many minutes without a request a sign-in ends.'),
  SESSION_HOURS: z.coerce.number().int().min(1).max(168).default(12).describe('After so many hours a sign-in ends in any case.'),
  DOWNLOAD_HOURS: z.coerce.number().int().min(1).max(168).default(24).describe('How many hours a download of a client\'s data is kept.'),
  TRUST_PROXY: z
    .string()
    .default('false')
    .transform((text) => (text === 'false' ? (false as const) : text.split(',').map((part) => part.trim())))
    .refine((proxies) => proxies === false || proxies.every(isProxy), 'must be the addresses of your reverse proxies, such as 10.0.0.5 or 10.0.0.0/24, with commas')
    .describe('Addresses or networks (CIDR) of the reverse proxies in front, with commas; `loopback` for ones on this machine. Only they are believed what X-Forwarded-For, -Host and -Proto say.'),
  LOG_LEVEL: logLevel,
} as const;

export const workerVariables = {
  ...storeVariables,
  ...temporalVariables,
  IT_GLUE_PRIVATE_KEY_FILE: filePath('File (mode 0600) with the X25519 private key (PEM) that opens the IT Glue keys of all tenants. Only workers have it.'),
  ...standInVariables,
  IT_GLUE_RATE_SHARE: z.coerce.number().min(0.05).max(1).default(0.6).describe('Share of the 3,000 requests per 5 minutes that exports may use.'),
  IT_GLUE_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(35_000).describe('Deadline of one IT Glue request (milliseconds).'),
  IT_GLUE_SETTLE_MS: z
    .string()
    .regex(/^\d+(,\d+)*$/, 'must be numbers with commas')
    .default('2000,5000,15000,30000')
    .transform((text) => text.split(',').map(Number))
    .describe('Waits before each look whether an unanswered request was carried out (milliseconds).'),
  IT_GLUE_PAUSE_MS: z.coerce.number().int().min(100).max(300_000).default(60_000).describe('Pause after IT Glue asked to slow down without saying for how long (milliseconds); doubled each time in a row, up to five minutes.'),
  LANGUAGE_MODEL_URL: z.url().optional().describe('Base address of an OpenAI-compatible endpoint that may be asked about spellings of makes and models, for tiers that allow it. Without it nobody is asked.'),
  LANGUAGE_MODEL_NAME: z.string().default('default').describe('Name of the model at that endpoint.'),
  LANGUAGE_MODEL_KEY_FILE: z.string().optional().describe('File (mode 0600) with the API key of that endpoint.'),
  LANGUAGE_MODEL_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(8_000).describe('How long its answer is waited for (milliseconds); after that the matcher alone decides.'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an address such as smtp://user@mail.example.com:587' })
    .refine((url) => !URL.canParse(url) || new URL(url).password === '', 'must not hold the password; put it into SMTP_PASSWORD_FILE')
    .optional()
    .describe('Mail server, such as smtp://user@mail.example.com:587, or smtps:// for TLS from the first byte. Without it mails wait in the queue.'),
  SMTP_PASSWORD_FILE: z.string().optional().describe('File (mode 0600) with the password of the user in SMTP_URL.'),
  SMTP_TLS: z.enum(['required', 'if_offered', 'none']).default('required').describe('With smtp://: whether STARTTLS must be offered. `none` is for a mail server on this machine.'),
  MAIL_FROM: z.email('must be a mail address').optional().describe('Address that mails come from. Needed with SMTP_URL.'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be a web address' }).default('http://127.0.0.1:4000').describe('Web address at which people reach the product: links in mails begin with it.'),
  CODEC_PORT: port(4020).describe('Port of the codec endpoint for the Temporal Web UI, on 127.0.0.1; 0 takes any free one.'),
  CODEC_ALLOWED_ORIGIN: z.string().optional().describe('Address of the Temporal Web UI that may ask the codec endpoint. Without it there is no endpoint.'),
  LOG_LEVEL: logLevel,
} as const;

const stackPort = (fallback: number, about: string) => z.coerce.number('must be a port').int().min(1).max(65_535).default(fallback).describe(about);

/** The embedded stack of `npm start`. It makes what API and worker need itself, unless their own variables point elsewhere. */
export const stackVariables = {
  DATA_DIR: z.string().default('.data').describe('Folder that holds everything: database, keys, secrets, logs. Also `--data FOLDER`.'),
  API_PORT: stackPort(4000, 'Port of the API.'),
  TEMPORAL_PORT: stackPort(7233, 'Port of the Temporal dev server.'),
  TEMPORAL_UI_PORT: stackPort(8233, 'Port of the Temporal Web UI.'),
  POSTGRES_PORT: stackPort(5433, 'Port of the embedded PostgreSQL.'),
  IT_GLUE_PORT: stackPort(4010, 'Port of the IT Glue stand-in.'),
  SMTP_PORT: stackPort(4025, 'Port of the mail catcher, for mail.'),
  MAIL_PORT: stackPort(4026, "Port of the mail catcher's page."),
  CODEC_PORT: stackPort(4020, "Port of the worker's codec endpoint."),
  CLIENT_ONBOARDER_CACHE: z.string().optional().describe('Folder for programs that are fetched or built once. Default: client-onboarder in the user\'s cache folder.'),
  DATABASE_URL: storeVariables.DATABASE_URL.optional().describe('A PostgreSQL server to use instead of the embedded one.'),
  SMTP_URL: z.string().optional().describe('A mail server to use instead of the mail catcher.'),
  TEMPORAL_ADDRESS: z.string().optional().describe('A Temporal server to use instead of the embedded one.'),
} as const;
