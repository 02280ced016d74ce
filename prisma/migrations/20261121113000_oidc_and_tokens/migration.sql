-- AlterTable
ALTER TABLE "AccessToken" ADD COLUMN "scope" TEXT,
ADD COLUMN "lastUsedAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "AccessToken_userId_createdAt_idx" ON "AccessToken"("userId", "createdAt");

-- CreateTable
CREATE TABLE "IdentityProvider" (
    "tenantId" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "secret" BYTEA NOT NULL,
    "allowedDomains" TEXT[],
    "mailTrust" TEXT NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedBy" UUID NOT NULL,

    CONSTRAINT "IdentityProvider_pkey" PRIMARY KEY ("tenantId")
);

-- CreateTable
CREATE TABLE "OidcSignIn" (
    "stateHash" TEXT NOT NULL,
    "tenantId" UUID NOT NULL,
    "browserHash" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "OidcSignIn_pkey" PRIMARY KEY ("stateHash")
);

-- CreateIndex
CREATE INDEX "OidcSignIn_expiresAt_idx" ON "OidcSignIn"("expiresAt");
