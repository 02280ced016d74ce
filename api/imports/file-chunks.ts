/** Bytes of one sealed portion of a file, and of what is read of it at once. */
export const fileChunkBytes = 256 * 1024;
