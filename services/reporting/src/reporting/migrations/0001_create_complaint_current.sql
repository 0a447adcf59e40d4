-- One row per complaint, as far as its events have been applied. No free text, no people, no keys. New table: nothing is locked.
CREATE TABLE complaint_current (
    id uuid PRIMARY KEY,
    code text,
    classification text NOT NULL,
    category text NOT NULL,
    area text NOT NULL,
    visibility text NOT NULL,
    channel text NOT NULL,
    state text NOT NULL,
    agency text NOT NULL,
    filed_at timestamptz NOT NULL,
    filed_day date NOT NULL,
    verified_at timestamptz,
    forwarded_at timestamptz,
    first_response_at timestamptz,
    first_response_day date,
    final_response_at timestamptz,
    reporter_replied_at timestamptz,
    closed_at timestamptz,
    outcome text,
    verification_due timestamptz,
    first_response_due timestamptz,
    reporter_reply_due timestamptz,
    resolution_due timestamptz,
    hops integer NOT NULL,
    refusals integer NOT NULL,
    escalations integer NOT NULL,
    disputes integer NOT NULL,
    reopenings integer NOT NULL,
    supporters integer NOT NULL,
    rating smallint,
    intake_version integer NOT NULL,
    routing_version integer NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    -- A clock that runs backwards in imported data counts as an answer at once, never as a negative time.
    response_seconds bigint GENERATED ALWAYS AS (
        CASE
            WHEN first_response_at >= filed_at THEN floor(extract(epoch FROM first_response_at - filed_at))::bigint
            WHEN first_response_at < filed_at THEN 0
        END
    ) STORED,
    -- What the authority owes next while nobody has answered; none while the reporter is asked, or once it has ended.
    answer_due timestamptz GENERATED ALWAYS AS (
        CASE WHEN first_response_at IS NULL AND closed_at IS NULL AND state <> 'held' THEN
            least(
                CASE WHEN verified_at IS NULL AND forwarded_at IS NULL THEN verification_due END,
                first_response_due,
                resolution_due
            )
        END
    ) STORED
)
WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
COMMENT ON COLUMN complaint_current.agency IS 'empty while no agency has it: a key of counters cannot be null';

-- Counting who waits too long touches only those who wait.
CREATE INDEX complaint_current_waiting ON complaint_current (answer_due) INCLUDE (agency, filed_day)
    WHERE answer_due IS NOT NULL;
-- An exact median is one walk along an index to the middle, without sorting: of everybody, and of one agency.
CREATE INDEX complaint_current_response_times ON complaint_current (response_seconds) INCLUDE (agency, filed_day)
    WHERE response_seconds IS NOT NULL;
CREATE INDEX complaint_current_agency_response_times ON complaint_current (agency, response_seconds) INCLUDE (filed_day)
    WHERE response_seconds IS NOT NULL;
