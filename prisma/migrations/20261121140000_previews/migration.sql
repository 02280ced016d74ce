-- AlterTable
ALTER TABLE "Preview" ADD COLUMN "bound" BYTEA;

-- CreateTable
CREATE TABLE "WordChoice" (
    "clientId" UUID NOT NULL,
    "list" TEXT NOT NULL,
    "wordHash" TEXT NOT NULL,
    "tenantId" UUID NOT NULL,
    "content" BYTEA NOT NULL,
    "decidedBy" UUID NOT NULL,
    "decidedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "WordChoice_pkey" PRIMARY KEY ("clientId","list","wordHash")
);

-- CreateTable
CREATE TABLE "WordMemory" (
    "tenantId" UUID NOT NULL,
    "list" TEXT NOT NULL,
    "wordHash" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "decidedBy" UUID NOT NULL,
    "decidedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "WordMemory_pkey" PRIMARY KEY ("tenantId","list","wordHash")
);
