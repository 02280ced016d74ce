-- Imports in two steps: the file is kept for a day, its rows are worked out beforehand.
ALTER TABLE "Record" ADD COLUMN "sourceHash" TEXT;

CREATE INDEX "Record_clientId_kind_sourceHash_idx" ON "Record"("clientId", "kind", "sourceHash");

CREATE TABLE "Import" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "section" TEXT NOT NULL,
    "createdBy" UUID NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'receiving',
    "revision" INTEGER NOT NULL DEFAULT 0,
    "run" UUID,
    "dataVersion" INTEGER,
    "fileHash" TEXT,
    "content" BYTEA,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Import_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "Import_clientId_idx" ON "Import"("clientId");

CREATE INDEX "Import_expiresAt_idx" ON "Import"("expiresAt");

CREATE TABLE "ImportChunk" (
    "importId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "part" UUID NOT NULL,
    "index" INTEGER NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "ImportChunk_pkey" PRIMARY KEY ("importId", "part", "index")
);

CREATE INDEX "ImportChunk_clientId_idx" ON "ImportChunk"("clientId");

-- Unlogged: it can be worked out again, and what is not in the log is in no backup of it either.
CREATE UNLOGGED TABLE "ImportRow" (
    "importId" UUID NOT NULL,
    "run" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "clientId" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "section" TEXT NOT NULL,
    "recordId" UUID NOT NULL,
    "version" INTEGER,
    "nameHash" TEXT,
    "sourceHash" TEXT,
    "references" JSONB NOT NULL DEFAULT '{}',
    "content" BYTEA NOT NULL,
    "marks" BYTEA,
    "filled" INTEGER NOT NULL DEFAULT 0,
    "required" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "ImportRow_pkey" PRIMARY KEY ("importId", "run", "sequence")
);

CREATE TABLE "ImportLayout" (
    "tenantId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "headerHash" TEXT NOT NULL,
    "columns" JSONB NOT NULL,
    "usedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ImportLayout_pkey" PRIMARY KEY ("tenantId", "kind", "headerHash")
);
