-- What is to be told, to whom, and how far that has come. New tables only: nothing is locked.

CREATE TABLE complaints (
    complaint_id uuid PRIMARY KEY,
    code text NOT NULL,
    classification text NOT NULL,
    area text NOT NULL,
    visibility text NOT NULL,
    language text NOT NULL,
    dues json NOT NULL,
    erased boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE complaints IS 'what every letter about a complaint needs; nothing here says who filed it or what it says';
COMMENT ON COLUMN complaints.dues IS 'clock -> end of the last permitted day, UTC; later events overwrite earlier ones';

CREATE TABLE contacts (
    recipient_id uuid NOT NULL,
    medium text NOT NULL,
    complaint_id uuid NOT NULL,
    address json,
    place_stream text NOT NULL,
    place_version integer NOT NULL,
    place_name text NOT NULL,
    PRIMARY KEY (recipient_id, medium)
);
COMMENT ON TABLE contacts IS 'where a person is reached; sealed as it came in the event, opened only while a letter is sent';
COMMENT ON COLUMN contacts.recipient_id IS 'the reporter of a complaint has the id of the complaint';
COMMENT ON COLUMN contacts.address IS 'the sealed field; null once the person was erased';
CREATE INDEX contacts_by_complaint ON contacts (complaint_id);

CREATE TABLE news (
    event_id uuid PRIMARY KEY,
    complaint_id uuid NOT NULL,
    message text NOT NULL,
    happened_at timestamptz NOT NULL,
    agency text,
    dues json NOT NULL,
    final boolean NOT NULL,
    answer json,
    place_stream text,
    place_version integer,
    place_name text,
    correlationid text NOT NULL,
    traceparent text
);
COMMENT ON TABLE news IS 'one row for each event that is told, whoever it is told to';
COMMENT ON COLUMN news.answer IS 'the agency''s answer, sealed as it came; null once the person was erased';
CREATE INDEX news_by_complaint ON news (complaint_id);

CREATE TABLE deliveries (
    delivery_id uuid PRIMARY KEY,
    event_id uuid NOT NULL REFERENCES news,
    recipient_id uuid NOT NULL,
    medium text NOT NULL,
    complaint_id uuid NOT NULL,
    message text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'suppressed', 'expired')),
    reason text CHECK ((reason IS NOT NULL) = (state IN ('failed', 'suppressed'))),
    attempts integer NOT NULL DEFAULT 0,
    wake_at timestamptz,
    expires_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK ((wake_at IS NOT NULL) = (state IN ('queued', 'sending')))
);
COMMENT ON COLUMN deliveries.delivery_id IS 'uuid5 of event, recipient and medium: the Message-ID, and the id of its stream in the event log';
COMMENT ON COLUMN deliveries.wake_at IS 'queued: when it is due; sending: when the lease of the attempt runs out';
COMMENT ON COLUMN deliveries.version IS 'version of its stream in the event log';
CREATE INDEX deliveries_waiting ON deliveries (medium, wake_at) WHERE state IN ('queued', 'sending');
CREATE INDEX deliveries_by_complaint ON deliveries (complaint_id);
CREATE INDEX deliveries_newest ON deliveries (created_at DESC, delivery_id DESC);

CREATE TABLE attempts (
    delivery_id uuid NOT NULL REFERENCES deliveries,
    number integer NOT NULL CHECK (number > 0),
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    result text CHECK (result IN ('accepted', 'deferred', 'rejected', 'suppressed', 'released', 'interrupted')),
    reason text,
    code integer,
    milliseconds integer,
    PRIMARY KEY (delivery_id, number)
);
COMMENT ON COLUMN attempts.result IS 'null: under way; interrupted: the process died, whether the message arrived is unknown';
COMMENT ON COLUMN attempts.code IS 'reply code of the receiving server, when it gave one';

CREATE TABLE agencies (
    code text PRIMARY KEY,
    name_id text NOT NULL,
    name_en text NOT NULL
);
COMMENT ON TABLE agencies IS 'names of agencies for letters, kept current from topic agencies';
