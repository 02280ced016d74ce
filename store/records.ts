export { changeRecord, changeWithin, rewriteRecord, saveForm, type RecordChange } from './records/change.js';
export { createRecords, insertRecords, recordLimit } from './records/create.js';
export { allRecords, countRecords, getRecord, getSingle, listRecords, recordOutlines, recordsById, recordsOfKinds, type RecordCount } from './records/read.js';
export { deleteRecord } from './records/remove.js';
export { contentField, contentText, hasMarks, marksField, nameHash, openContent, openRecord, sealedRecord, type NewRecord, type StoredRecord } from './records/row.js';
export { refuseIfSent } from './records/sent.js';
export { partyOf, touchClient, touchRecords } from './records/touch.js';
