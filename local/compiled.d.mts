/** The project's folder. */
export const root: string;

/**
 * The JavaScript file for an entry of the project, bundled now if a source has changed since the last time.
 *
 * @param entry path relative to the project's folder, such as `api/server.ts`
 */
export function compiled(entry: string): Promise<string>;
