-- What laboratories found in water samples. Rows are added and never changed: a correction is a further revision of a result.

CREATE TABLE water_sample (
    id uuid PRIMARY KEY,
    station_id text NOT NULL REFERENCES sensor,
    sampled_at timestamptz NOT NULL,
    laboratory text NOT NULL CHECK (laboratory <> ''),
    reference text NOT NULL CHECK (reference <> ''),  -- the laboratory's own number of the sample
    told_by text NOT NULL,                            -- name of the key
    request_digest bytea NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT water_sample_once UNIQUE (laboratory, reference)
);
CREATE INDEX water_sample_station ON water_sample (station_id, sampled_at);

CREATE TABLE water_result (
    sample_id uuid NOT NULL REFERENCES water_sample,
    parameter text NOT NULL,
    revision int NOT NULL CHECK (revision >= 0),
    value float8 CHECK (value >= 0 AND value < 'Infinity'),  -- in the parameter's unit; NULL: withdrawn
    bound text NOT NULL CHECK (bound IN ('=', '<', '>')),
    method text NOT NULL CHECK (method <> ''),
    made_by text NOT NULL,
    reason text,                                             -- of a correction
    made_at timestamptz NOT NULL,
    CONSTRAINT water_result_revised_once PRIMARY KEY (sample_id, parameter, revision),
    CONSTRAINT correction_has_reason CHECK ((revision = 0) = (reason IS NULL))
);
