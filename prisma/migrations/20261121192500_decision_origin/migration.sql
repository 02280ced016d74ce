-- Where a decision was taken from, for the audit entry that the worker writes.
ALTER TABLE "Decision" ADD COLUMN "origin" BYTEA;
