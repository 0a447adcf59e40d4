-- The tree of agencies as it stands: one row per agency, the newest event of its stream.
CREATE TABLE agencies (
    code text PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    version integer NOT NULL,
    details json NOT NULL
);
COMMENT ON COLUMN agencies.details IS 'data of the agency''s newest event, which carries the whole agency';

-- Counts changes of the tree, so that a process can ask with one small read whether its copy is still good.
CREATE TABLE tree_changes (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    changes bigint NOT NULL
);
INSERT INTO tree_changes (changes) VALUES (0);
