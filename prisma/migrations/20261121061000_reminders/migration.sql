-- CreateTable
CREATE TABLE "Reminder" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "case" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "remindedAt" TIMESTAMPTZ(3) NOT NULL,
    "mailId" UUID NOT NULL,

    CONSTRAINT "Reminder_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Reminder_clientId_remindedAt_idx" ON "Reminder"("clientId", "remindedAt");

-- CreateIndex
CREATE INDEX "Reminder_mailId_idx" ON "Reminder"("mailId");
