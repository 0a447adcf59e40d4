-- The fence: what a consumer group has applied, moved in the transaction of the effects. Kafka's own offsets are a hint.
CREATE TABLE consumer_offsets (
    group_name text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_name, topic, partition)
);

-- The last version applied of each stream, so that a stale re-publish is dropped and a missing event is noticed.
CREATE TABLE consumer_streams (
    subject uuid NOT NULL,
    source text NOT NULL,
    group_name text NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (subject, source, group_name)
);

-- Records that could not be applied, and the later ones of the same subject that wait behind them.
CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_name text NOT NULL,
    subject text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    key bytea,
    value bytea,
    reason text NOT NULL,
    detail text NOT NULL,
    state text NOT NULL CHECK (state IN ('parked', 'waiting', 'retry', 'drop', 'applied', 'dropped')),
    published boolean NOT NULL DEFAULT false,
    parked_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    UNIQUE (group_name, topic, partition, record_offset)
);
COMMENT ON COLUMN dead_letters.state IS
    'parked: failed; waiting: behind a parked one; retry, drop: asked for by an operator; applied, dropped: settled';
CREATE INDEX dead_letters_open ON dead_letters (group_name, subject, id) WHERE state NOT IN ('applied', 'dropped');
CREATE INDEX dead_letters_unpublished ON dead_letters (id) WHERE NOT published;
