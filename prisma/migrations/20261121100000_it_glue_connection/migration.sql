-- CreateTable
CREATE TABLE "ItGlueConnection" (
    "tenantId" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "state" TEXT NOT NULL DEFAULT 'none',
    "region" TEXT NOT NULL DEFAULT 'us',
    "webUrl" TEXT,
    "sealedKey" BYTEA,
    "keyEnding" TEXT,
    "keySetBy" UUID,
    "keySetAt" TIMESTAMPTZ(3),
    "lastTestedAt" TIMESTAMPTZ(3),
    "lastTest" JSONB,
    "passwordAccess" TEXT NOT NULL DEFAULT 'unknown',
    "lastUsedAt" TIMESTAMPTZ(3),
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ItGlueConnection_pkey" PRIMARY KEY ("tenantId")
);
