-- Downloads that a worker builds and that are kept for a day.
CREATE TABLE "Download" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "format" TEXT NOT NULL,
    "passwords" TEXT NOT NULL,
    "attachments" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'building',
    "build" UUID,
    "rowsDone" INTEGER NOT NULL DEFAULT 0,
    "rowsTotal" INTEGER,
    "filesDone" INTEGER NOT NULL DEFAULT 0,
    "filesTotal" INTEGER,
    "passphrase" BYTEA,
    "size" BIGINT,
    "manifest" BYTEA,
    "dataVersion" INTEGER,
    "changedMeanwhile" BOOLEAN NOT NULL DEFAULT false,
    "problem" TEXT,
    "createdBy" UUID NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "builtAt" TIMESTAMPTZ(3),
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Download_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "Download_clientId_createdAt_idx" ON "Download"("clientId", "createdAt");

CREATE INDEX "Download_expiresAt_idx" ON "Download"("expiresAt");

CREATE TABLE "DownloadChunk" (
    "downloadId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "build" UUID NOT NULL,
    "index" INTEGER NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "DownloadChunk_pkey" PRIMARY KEY ("downloadId", "build", "index")
);

CREATE INDEX "DownloadChunk_clientId_idx" ON "DownloadChunk"("clientId");

-- With the download its chunks go, also those that an attempt would write that does not know of its end.
ALTER TABLE "DownloadChunk" ADD CONSTRAINT "DownloadChunk_downloadId_fkey" FOREIGN KEY ("downloadId") REFERENCES "Download"("id") ON DELETE CASCADE ON UPDATE CASCADE;
