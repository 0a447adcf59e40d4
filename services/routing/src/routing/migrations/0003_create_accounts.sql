-- Who may sign in, and for which agency. A name is not kept: figures name units, not people.
CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    login text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('national_admin', 'agency_admin', 'unit_officer', 'monitor')),
    agency text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- What was answered to a request that carried a key, so that the same request again gets the same answer.
CREATE TABLE idempotency_keys (
    account uuid NOT NULL,
    key_hash bytea NOT NULL,
    fingerprint bytea NOT NULL,
    answer json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, key_hash)
);
