-- What is looked up before a complaint is opened. New tables: nothing is locked.
CREATE TABLE complaint_codes (
    code text PRIMARY KEY,
    complaint_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    hidden boolean NOT NULL
);
COMMENT ON COLUMN complaint_codes.secret_hash IS 'SHA-256 of the reporter''s secret; the secret itself is kept nowhere';
COMMENT ON COLUMN complaint_codes.hidden IS 'a secret complaint: without the secret it answers as if it did not exist';

-- Requests that may be asked again; written in the transaction of the filing they led to.
CREATE TABLE idempotency_keys (
    key_hash bytea PRIMARY KEY,
    fingerprint bytea NOT NULL,
    code text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN idempotency_keys.key_hash IS 'SHA-256 of the client''s Idempotency-Key';
COMMENT ON COLUMN idempotency_keys.fingerprint IS 'SHA-256 of the request body';
