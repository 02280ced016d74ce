import { createRequire } from 'node:module';

let known: ReadonlySet<string> | undefined;

/**
 * About 49,000 of the most used passwords of published leaks, in lower case (the list of zxcvbn-ts, MIT). Loaded at the first
 * password that somebody chooses: a worker, which never sees one, does not hold it.
 */
export function commonPasswords(): ReadonlySet<string> {
  return (known ??= new Set(load()['passwords-common']));
}

function load(): Readonly<Record<string, readonly string[]>> {
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as { dictionary: Readonly<Record<string, readonly string[]>> };
  return dictionary;
}
