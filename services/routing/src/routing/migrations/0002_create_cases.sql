-- Facts that intake decided. Numbered by the log's own sequence, under the log's lock, so that both kinds of fact
-- about one complaint merge in the order in which they became known here.
CREATE TABLE received (
    position bigint PRIMARY KEY DEFAULT nextval('events_position_seq'),
    complaint_id uuid NOT NULL,
    source text NOT NULL,
    version integer NOT NULL,
    type text NOT NULL,
    wire text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT received_once_per_version UNIQUE (complaint_id, source, version)
);
COMMENT ON COLUMN received.wire IS 'the CloudEvent as it came, sealed fields sealed';

-- Where a complaint landed when it arrived. Kept because the tree changes with time and a story must not.
CREATE TABLE desks (
    complaint_id uuid PRIMARY KEY,
    agency text NOT NULL
);

-- One row per step of a story, whoever took it. Two decisions on the same step cannot both be committed.
CREATE TABLE case_steps (
    complaint_id uuid NOT NULL,
    step integer NOT NULL,
    PRIMARY KEY (complaint_id, step)
);

-- What the inbox shows; the fold of the story, without texts.
CREATE TABLE cases (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    area text NOT NULL,
    visibility text NOT NULL,
    filed_at timestamptz NOT NULL,
    classification text NOT NULL,
    category text NOT NULL,
    status text NOT NULL
        CHECK (status IN ('submitted', 'verified', 'in_progress', 'answered', 'withdrawn', 'closed')),
    holder text NOT NULL,
    hops integer NOT NULL,
    verification_due timestamptz,
    first_response_due timestamptz,
    resolution_due timestamptz,
    reply_due timestamptz,
    next_clock text,
    next_due timestamptz,
    first_response_at timestamptz,
    answered_at timestamptz,
    erased boolean NOT NULL,
    version integer NOT NULL
);
COMMENT ON COLUMN cases.version IS 'number of the last step of the story';
CREATE INDEX cases_by_due ON cases (coalesce(next_due, 'infinity'), id);
CREATE INDEX cases_by_holder ON cases (holder, status);
