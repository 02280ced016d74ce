-- AlterTable
ALTER TABLE "Client" ADD COLUMN "purgeInventory" JSONB;

-- CreateTable
CREATE TABLE "Removal" (
    "clientId" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "removedAt" TIMESTAMPTZ(3) NOT NULL,
    "certificate" JSONB NOT NULL,

    CONSTRAINT "Removal_pkey" PRIMARY KEY ("clientId")
);

-- CreateIndex
CREATE INDEX "Removal_tenantId_clientId_idx" ON "Removal"("tenantId", "clientId");
