-- The tree of agencies: the newest state of each. New table: nothing is locked.
CREATE TABLE agencies (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name_id text NOT NULL,
    name_en text NOT NULL,
    parent text,
    tier integer NOT NULL,
    areas text[] NOT NULL,
    categories text[] NOT NULL,
    training boolean NOT NULL,
    active boolean NOT NULL,
    version integer NOT NULL
);
CREATE INDEX agencies_parent ON agencies (parent);
