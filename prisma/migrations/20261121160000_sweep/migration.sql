-- CreateTable
CREATE TABLE "SweepRun" (
    "id" UUID NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),
    "clients" INTEGER NOT NULL DEFAULT 0,
    "mended" INTEGER NOT NULL DEFAULT 0,
    "reported" INTEGER NOT NULL DEFAULT 0,
    "cleared" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "SweepRun_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SweepFinding" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID,
    "kind" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "foundAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "runId" UUID NOT NULL,
    "times" INTEGER NOT NULL DEFAULT 1,
    "settledAt" TIMESTAMPTZ(3),

    CONSTRAINT "SweepFinding_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "SweepRun_startedAt_idx" ON "SweepRun"("startedAt");

-- CreateIndex
CREATE INDEX "SweepFinding_tenantId_id_idx" ON "SweepFinding"("tenantId", "id");

-- CreateIndex
CREATE INDEX "SweepFinding_clientId_idx" ON "SweepFinding"("clientId");
