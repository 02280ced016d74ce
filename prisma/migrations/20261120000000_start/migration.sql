-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Tier" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "retentionSeconds" INTEGER NOT NULL,
    "restoreSeconds" INTEGER NOT NULL,
    "languageModel" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "Tier_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Tenant" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "tierId" TEXT NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "User" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "roles" TEXT[],
    "clientId" UUID,
    "section" TEXT,
    "emailHash" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "lastSignInAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AccessToken" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "AccessToken_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Client" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "stage" TEXT NOT NULL,
    "stageBefore" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "nameHash" TEXT NOT NULL,
    "engineerId" UUID,
    "managerId" UUID,
    "salesRepId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastActivityAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "stageChangedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "exportedAt" TIMESTAMPTZ(3),
    "deletedAt" TIMESTAMPTZ(3),
    "purgeAt" TIMESTAMPTZ(3),
    "organizationId" TEXT,
    "organizationUrl" TEXT,

    CONSTRAINT "Client_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Record" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "section" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "nameHash" TEXT,
    "references" JSONB NOT NULL DEFAULT '{}',
    "content" BYTEA NOT NULL,
    "filled" INTEGER NOT NULL,
    "required" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedBy" UUID NOT NULL,

    CONSTRAINT "Record_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AttachmentChunk" (
    "recordId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "upload" UUID NOT NULL,
    "index" INTEGER NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "AttachmentChunk_pkey" PRIMARY KEY ("recordId","upload","index")
);

-- CreateTable
CREATE TABLE "SectionState" (
    "clientId" UUID NOT NULL,
    "section" TEXT NOT NULL,
    "tenantId" UUID NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "submittedBy" UUID,
    "submittedAt" TIMESTAMPTZ(3),
    "approvedBy" UUID,
    "approvedAt" TIMESTAMPTZ(3),
    "approvedAs" TEXT,
    "standIn" BOOLEAN NOT NULL DEFAULT false,
    "sendBacks" INTEGER NOT NULL DEFAULT 0,
    "sentBackBy" UUID,

    CONSTRAINT "SectionState_pkey" PRIMARY KEY ("clientId","section")
);

-- CreateTable
CREATE TABLE "Decision" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "section" TEXT,
    "actorId" UUID NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'proposed',
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "content" BYTEA,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "result" JSONB,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "appliedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SignOff" (
    "clientId" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "tenantId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SignOff_pkey" PRIMARY KEY ("clientId","role")
);

-- CreateTable
CREATE TABLE "Preview" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "dataVersion" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'building',
    "content" BYTEA,
    "problem" TEXT,
    "createdBy" UUID NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Preview_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Export" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "previewId" UUID NOT NULL,
    "organizationTypeId" TEXT,
    "organizationStatusId" TEXT,
    "startedBy" UUID NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),
    "blockedBy" TEXT,

    CONSTRAINT "Export_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LedgerEntry" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "resource" TEXT NOT NULL,
    "recordId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "parentResource" TEXT,
    "parentRecordId" UUID,
    "state" TEXT NOT NULL DEFAULT 'planned',
    "itGlueId" TEXT,
    "intendedAt" TIMESTAMPTZ(3),
    "settledAt" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "problems" JSONB,

    CONSTRAINT "LedgerEntry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SharedName" (
    "tenantId" UUID NOT NULL,
    "resource" TEXT NOT NULL,
    "nameHash" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'intended',
    "itGlueId" TEXT,
    "claimedBy" UUID NOT NULL,
    "claimedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SharedName_pkey" PRIMARY KEY ("tenantId","resource","nameHash")
);

-- CreateTable
CREATE TABLE "SpellingChoice" (
    "clientId" UUID NOT NULL,
    "recordId" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "choice" TEXT NOT NULL,
    "itGlueId" TEXT,
    "decidedBy" UUID NOT NULL,
    "decidedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SpellingChoice_pkey" PRIMARY KEY ("clientId","recordId")
);

-- CreateTable
CREATE TABLE "SpellingAlias" (
    "tenantId" UUID NOT NULL,
    "pairHash" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "decidedBy" UUID NOT NULL,
    "decidedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SpellingAlias_pkey" PRIMARY KEY ("tenantId","pairHash")
);

-- CreateTable
CREATE TABLE "Catalogue" (
    "tenantId" UUID NOT NULL,
    "content" BYTEA NOT NULL,
    "readAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Catalogue_pkey" PRIMARY KEY ("tenantId")
);

-- CreateTable
CREATE TABLE "ExportRecord" (
    "clientId" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "company" TEXT,
    "organizationId" TEXT NOT NULL,
    "organizationUrl" TEXT,
    "counts" JSONB NOT NULL,
    "phases" JSONB NOT NULL,
    "approvals" JSONB NOT NULL,
    "skipped" INTEGER NOT NULL DEFAULT 0,
    "exportedAt" TIMESTAMPTZ(3) NOT NULL,
    "purgeAt" TIMESTAMPTZ(3),
    "purgedAt" TIMESTAMPTZ(3),
    "certificate" JSONB,

    CONSTRAINT "ExportRecord_pkey" PRIMARY KEY ("clientId")
);

-- CreateTable
CREATE TABLE "AuditHead" (
    "tenantId" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "AuditHead_pkey" PRIMARY KEY ("tenantId")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "tenantId" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "clientId" UUID,
    "actorId" UUID,
    "party" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "content" BYTEA,
    "previousHash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("tenantId","sequence")
);

-- CreateTable
CREATE TABLE "IdempotencyKey" (
    "tenantId" UUID NOT NULL,
    "actorId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "clientId" UUID,
    "requestHash" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "status" INTEGER,
    "response" BYTEA,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY ("tenantId","actorId","key")
);

-- CreateTable
CREATE TABLE "it_glue_pace" (
    "key" TEXT NOT NULL,
    "tokens" DOUBLE PRECISION NOT NULL,
    "counts_from" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "it_glue_pace_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "User_tenantId_createdAt_idx" ON "User"("tenantId", "createdAt");

-- CreateIndex
CREATE INDEX "User_clientId_idx" ON "User"("clientId");

-- CreateIndex
CREATE UNIQUE INDEX "AccessToken_hash_key" ON "AccessToken"("hash");

-- CreateIndex
CREATE INDEX "Client_tenantId_id_idx" ON "Client"("tenantId", "id");

-- CreateIndex
CREATE INDEX "Client_tenantId_stage_idx" ON "Client"("tenantId", "stage");

-- CreateIndex
CREATE UNIQUE INDEX "Client_tenantId_nameHash_key" ON "Client"("tenantId", "nameHash");

-- CreateIndex
CREATE INDEX "Record_clientId_kind_position_idx" ON "Record"("clientId", "kind", "position");

-- CreateIndex
CREATE UNIQUE INDEX "Record_clientId_kind_nameHash_key" ON "Record"("clientId", "kind", "nameHash");

-- CreateIndex
CREATE INDEX "AttachmentChunk_clientId_idx" ON "AttachmentChunk"("clientId");

-- CreateIndex
CREATE INDEX "Decision_clientId_createdAt_idx" ON "Decision"("clientId", "createdAt");

-- CreateIndex
CREATE INDEX "Preview_clientId_createdAt_idx" ON "Preview"("clientId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Export_clientId_number_key" ON "Export"("clientId", "number");

-- CreateIndex
CREATE INDEX "LedgerEntry_clientId_resource_state_sequence_idx" ON "LedgerEntry"("clientId", "resource", "state", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "LedgerEntry_clientId_resource_recordId_key" ON "LedgerEntry"("clientId", "resource", "recordId");

-- CreateIndex
CREATE INDEX "ExportRecord_tenantId_exportedAt_idx" ON "ExportRecord"("tenantId", "exportedAt");

-- CreateIndex
CREATE INDEX "AuditEntry_clientId_sequence_idx" ON "AuditEntry"("clientId", "sequence");

-- CreateIndex
CREATE INDEX "IdempotencyKey_clientId_idx" ON "IdempotencyKey"("clientId");

-- CreateIndex
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey"("createdAt");

-- AddForeignKey
ALTER TABLE "Tenant" ADD CONSTRAINT "Tenant_tierId_fkey" FOREIGN KEY ("tierId") REFERENCES "Tier"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "User" ADD CONSTRAINT "User_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "Tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AccessToken" ADD CONSTRAINT "AccessToken_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Client" ADD CONSTRAINT "Client_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "Tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Record" ADD CONSTRAINT "Record_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AttachmentChunk" ADD CONSTRAINT "AttachmentChunk_recordId_fkey" FOREIGN KEY ("recordId") REFERENCES "Record"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SectionState" ADD CONSTRAINT "SectionState_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
