-- What staff on the spot say of flood points, and their pictures, drawn anew without what a phone writes beside them.
-- Rows are added and never changed; pictures are removed when their time is over.
CREATE TABLE flood_report (
    id uuid PRIMARY KEY,
    point_id text NOT NULL REFERENCES sensor,
    state text NOT NULL CHECK (state IN ('flooded', 'dry')),
    depth float8 CHECK (depth >= 0 AND depth <= 300),  -- cm
    observed_at timestamptz NOT NULL,
    told_by text NOT NULL,                             -- name of the key
    reference text NOT NULL CHECK (reference <> ''),   -- its own number of the report
    request_digest bytea NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT flood_report_once UNIQUE (told_by, reference)
);
CREATE INDEX flood_report_point ON flood_report (point_id, observed_at);
CREATE INDEX flood_report_observed ON flood_report (observed_at);

CREATE TABLE flood_photo (
    report_id uuid PRIMARY KEY REFERENCES flood_report,
    sent_digest bytea NOT NULL,                        -- of the bytes as they were sent
    body bytea NOT NULL,                               -- JPEG
    width int NOT NULL,
    height int NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX flood_photo_received ON flood_photo (received_at);
