CREATE TABLE "MailCode" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "codeHash" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),
    CONSTRAINT "MailCode_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "MailCode_hash_key" ON "MailCode"("hash");
CREATE INDEX "MailCode_userId_idx" ON "MailCode"("userId");
CREATE INDEX "MailCode_clientId_idx" ON "MailCode"("clientId");
ALTER TABLE "MailCode" ADD CONSTRAINT "MailCode_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
