/**
 * Sets up a fresh clone: `node local/setup.mjs deps prisma temporal test-server s3-server vault-server` (any of them). Quick when
 * nothing is to do. Imports nothing at the top, so that an old Node.js can still say what is wrong.
 */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node.js 20.19 or newer is needed; this is ${process.versions.node} (${process.execPath}).`);
  process.exit(1);
}
if (process.platform === 'win32') {
  console.error('Windows is supported through WSL: open a WSL terminal and run the same command there.');
  process.exit(1);
}
const { setUp } = await import('./setup-steps.mjs');
process.exitCode = await setUp(process.argv.slice(2));
