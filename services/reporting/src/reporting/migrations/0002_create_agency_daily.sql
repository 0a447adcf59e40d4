-- Counters per agency and local day; they move in the transaction of the complaint they count. New table: nothing is locked.
CREATE TABLE agency_daily (
    agency text NOT NULL,
    day date NOT NULL,
    received integer NOT NULL,
    verified integer NOT NULL,
    answered integer NOT NULL,
    answered_in_time integer NOT NULL,
    answered_late integer NOT NULL,
    closed_unanswered integer NOT NULL,
    confirmed integer NOT NULL,
    closed_silent integer NOT NULL,
    response_seconds bigint NOT NULL,
    responses integer NOT NULL,
    PRIMARY KEY (agency, day)
)
WITH (fillfactor = 70);
COMMENT ON TABLE agency_daily IS
    'all but responses count complaints by the day they were filed; responses counts first answers by the day they were given';
