/** Control characters other than tab and line ends; what lies outside of the basic plane (emoji). */
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
const fourByte = /[\u{10000}-\u{10ffff}]/gu;

/**
 * A text that is equal for what was sent and what an account may have made of it. Whether IT Glue keeps these characters is not documented
 * (it-glue-api.md section 9): they may come back stripped, replaced or composed otherwise.
 */
export const foldKept = (text: string): string => text.normalize('NFC').replace(control, '').replace(fourByte, '?');
