-- What routing did with complaints, as it was published: texts stay sealed and are opened when they are read.
CREATE TABLE routed_events (
    complaint_id uuid NOT NULL,
    version integer NOT NULL,
    wire text NOT NULL,
    PRIMARY KEY (complaint_id, version)
);

-- Who agencies are; the newest version wins.
CREATE TABLE agencies (
    code text PRIMARY KEY,
    name_id text NOT NULL,
    name_en text NOT NULL,
    active boolean NOT NULL
);
