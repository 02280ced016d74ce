-- A file's record is complete when its bytes are there: they count among what a section needs.
UPDATE "Record" r
SET "required" = r."required" + 1,
    "filled" = r."filled" + CASE WHEN EXISTS (SELECT 1 FROM "AttachmentChunk" c WHERE c."recordId" = r."id" AND c."fileSize" IS NOT NULL) THEN 1 ELSE 0 END
WHERE r."kind" = 'attachment';
