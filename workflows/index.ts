export { catalogueRefresh } from './catalogue-refresh.js';
export { clientLifecycle } from './client-lifecycle.js';
export { connectionTest } from './connection-test.js';
export { connectionWatch } from './connection-watch.js';
export { exportPreview } from './export-preview.js';
export { mailDispatch } from './mail-dispatch.js';
export { itGlueExport } from './it-glue-export.js';
export { purge } from './purge.js';
