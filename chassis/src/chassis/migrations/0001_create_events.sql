-- The event log of one service: the only place where its facts are decided, and the outbox of its relay.
CREATE TABLE events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    event_id uuid NOT NULL,
    type text NOT NULL,
    data json NOT NULL,
    metadata json NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT events_once_per_version UNIQUE (stream_id, version)
);
COMMENT ON COLUMN events.data IS 'json, not jsonb: the text is published as it stands, byte for byte';
COMMENT ON COLUMN events.metadata IS 'the CloudEvents attributes of the event, published in front of its data';

-- Serialises appends: commit order is position order, so a reader that has seen a position has seen all below it.
-- Then tells the newest version of each stream, read after the lock is held (volatile: each statement sees anew).
CREATE FUNCTION lock_log_and_read_versions(streams uuid[])
RETURNS TABLE (stream_id uuid, version integer)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('events'));
    PERFORM pg_notify('events', '');
    RETURN QUERY
        SELECT events.stream_id, max(events.version)
        FROM events
        WHERE events.stream_id = ANY (streams)
        GROUP BY events.stream_id;
END
$$;

-- How far the relay has published each feed.
CREATE TABLE relay_cursors (
    feed text PRIMARY KEY,
    position bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now()
);
