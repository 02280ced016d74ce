-- Who gave which field its value, answers that stand for values, and what is said of a page as a whole.
ALTER TABLE "Record" ADD COLUMN "marks" BYTEA, ADD COLUMN "createdBy" UUID, ADD COLUMN "createdFor" TEXT;

-- Of records that are there already only the last author is known.
UPDATE "Record" SET "createdBy" = "updatedBy", "createdFor" = 'internal';
UPDATE "Record" r SET "createdFor" = CASE u."section" WHEN 'accounting' THEN 'client' ELSE 'outgoing_msp' END
FROM "User" u WHERE u."id" = r."updatedBy" AND u."clientId" IS NOT NULL;

ALTER TABLE "Record" ALTER COLUMN "createdBy" SET NOT NULL, ALTER COLUMN "createdFor" SET NOT NULL;

CREATE TABLE "PageMark" (
    "clientId" UUID NOT NULL,
    "section" TEXT NOT NULL,
    "page" TEXT NOT NULL,
    "mark" TEXT NOT NULL,
    "tenantId" UUID NOT NULL,
    "answer" TEXT,
    "by" UUID NOT NULL,
    "party" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "content" BYTEA,

    CONSTRAINT "PageMark_pkey" PRIMARY KEY ("clientId", "page", "mark")
);
