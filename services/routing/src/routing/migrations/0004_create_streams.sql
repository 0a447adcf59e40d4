-- Every event about a complaint that may leave routing, in the order of the topic: what a stream's copy is made from.
CREATE TABLE stream_stories (
    complaint_id uuid NOT NULL,
    number integer NOT NULL,
    event_id uuid NOT NULL UNIQUE,
    wire text NOT NULL,
    PRIMARY KEY (complaint_id, number)
);
COMMENT ON COLUMN stream_stories.wire IS 'the CloudEvent as it came, sealed fields sealed';

-- Who has a complaint, as far as the streams have got.
CREATE TABLE stream_holders (
    complaint_id uuid PRIMARY KEY,
    agency text NOT NULL
);

-- How much of each story each agency has been given; a complaint that comes back is caught up with.
CREATE TABLE stream_readers (
    agency text NOT NULL,
    complaint_id uuid NOT NULL,
    given integer NOT NULL,
    PRIMARY KEY (agency, complaint_id)
);

-- The last number of each agency's stream. A row, not a sequence: numbers have no gaps, whatever rolls back.
CREATE TABLE agency_streams (
    agency text PRIMARY KEY,
    last_sequence bigint NOT NULL
);

-- The streams themselves. Rows are written under one lock, so commit order is position order for the relay.
CREATE TABLE agency_events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency text NOT NULL,
    sequence bigint NOT NULL,
    complaint_id uuid NOT NULL,
    number integer NOT NULL,
    UNIQUE (agency, sequence),
    FOREIGN KEY (complaint_id, number) REFERENCES stream_stories (complaint_id, number)
);

-- Every look at a key: who, for which agency, which parts. Kept for the auditor.
CREATE TABLE key_looks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    looked_at timestamptz NOT NULL DEFAULT now(),
    account uuid NOT NULL,
    agency text NOT NULL,
    key_id uuid NOT NULL,
    parts text[] NOT NULL
);
