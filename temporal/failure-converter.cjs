// Failure messages and stack traces are kept readable by Temporal unless they are encoded too (practice.md 2.6, rule 3).
// CommonJS, because the SDK loads it by `require` on the Node side and through the bundler on the workflow side.
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
