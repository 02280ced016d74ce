-- What an import will write lies in blocks of some hundred rows instead of row by row: written once, read once, gone at once.
-- What was worked out before is dropped with its table: carrying it out works it out anew from the file.
DROP TABLE "ImportRow";

CREATE UNLOGGED TABLE "ImportBlock" (
    "importId" UUID NOT NULL,
    "run" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "clientId" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "section" TEXT NOT NULL,
    "first" INTEGER NOT NULL,
    "rows" INTEGER NOT NULL,
    "recordIds" UUID[],
    "versions" INTEGER[],
    "nameHashes" TEXT[],
    "sourceHashes" TEXT[],
    "references" TEXT[],
    "links" INTEGER[],
    "contents" BYTEA NOT NULL,
    "contentStarts" INTEGER[],
    "contentLengths" INTEGER[],
    "marks" BYTEA,
    "marksStarts" INTEGER[],
    "marksLengths" INTEGER[],
    "filled" INTEGER[],
    "required" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "ImportBlock_pkey" PRIMARY KEY ("importId", "run", "sequence")
);

-- Sealed bytes and hashes do not get smaller, and trying costs time.
ALTER TABLE "ImportBlock"
    ALTER COLUMN "contents" SET STORAGE EXTERNAL,
    ALTER COLUMN "marks" SET STORAGE EXTERNAL,
    ALTER COLUMN "recordIds" SET STORAGE EXTERNAL,
    ALTER COLUMN "nameHashes" SET STORAGE EXTERNAL,
    ALTER COLUMN "sourceHashes" SET STORAGE EXTERNAL,
    ALTER COLUMN "contentStarts" SET STORAGE EXTERNAL,
    ALTER COLUMN "contentLengths" SET STORAGE EXTERNAL;

ALTER TABLE "ImportChunk" ALTER COLUMN "content" SET STORAGE EXTERNAL;
