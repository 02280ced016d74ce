-- Reasons of a send-back at their places, questions between the parties, and "stuck".
ALTER TABLE "SectionState" ADD COLUMN "stuckBy" UUID, ADD COLUMN "stuckFor" TEXT, ADD COLUMN "stuckAt" TIMESTAMPTZ(3), ADD COLUMN "stuckReason" BYTEA;

CREATE TABLE "Remark" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "section" TEXT NOT NULL,
    "decisionId" UUID NOT NULL,
    "page" TEXT,
    "recordId" UUID,
    "field" TEXT,
    "by" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "content" BYTEA NOT NULL,
    "resolvedAt" TIMESTAMPTZ(3),
    "resolvedBy" UUID,
    "resolvedAs" TEXT,

    CONSTRAINT "Remark_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Remark_clientId_section_at_idx" ON "Remark"("clientId", "section", "at");
CREATE INDEX "Remark_recordId_idx" ON "Remark"("recordId");

CREATE TABLE "Question" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "section" TEXT NOT NULL,
    "page" TEXT,
    "recordId" UUID,
    "field" TEXT,
    "state" TEXT NOT NULL DEFAULT 'open',
    "askedBy" UUID NOT NULL,
    "askedFor" TEXT NOT NULL,
    "waitingFor" TEXT NOT NULL,
    "messages" INTEGER NOT NULL DEFAULT 1,
    "askedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closedBy" UUID,

    CONSTRAINT "Question_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Question_clientId_section_id_idx" ON "Question"("clientId", "section", "id");
CREATE INDEX "Question_recordId_idx" ON "Question"("recordId");
CREATE INDEX "Question_tenantId_state_idx" ON "Question"("tenantId", "state");

CREATE TABLE "QuestionMessage" (
    "id" UUID NOT NULL,
    "questionId" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "by" UUID NOT NULL,
    "party" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "content" BYTEA NOT NULL,

    CONSTRAINT "QuestionMessage_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "QuestionMessage_questionId_id_idx" ON "QuestionMessage"("questionId", "id");
CREATE INDEX "QuestionMessage_clientId_idx" ON "QuestionMessage"("clientId");
