-- Data keys of sealed fields, wrapped by the deployment's key-encryption key. An erased key leaves its row, not its secret.
CREATE TABLE data_keys (
    key_id uuid PRIMARY KEY,
    wrapped bytea,
    kek integer,
    published boolean NOT NULL DEFAULT false,
    erased_at timestamptz,
    CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
);
CREATE INDEX data_keys_unpublished ON data_keys (key_id) WHERE NOT published;
