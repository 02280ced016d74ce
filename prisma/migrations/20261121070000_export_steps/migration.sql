-- CreateTable
CREATE TABLE "ExportStep" (
    "clientId" UUID NOT NULL,
    "resource" TEXT NOT NULL,
    "tenantId" UUID NOT NULL,
    "holder" UUID NOT NULL,
    "takenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ExportStep_pkey" PRIMARY KEY ("clientId", "resource")
);
