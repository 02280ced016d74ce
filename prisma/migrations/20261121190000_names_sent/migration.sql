-- When a request that creates the name last left: whoever works on the name later looks for it before it is sent again.
ALTER TABLE "SharedName" ADD COLUMN "sentAt" TIMESTAMPTZ(3);
