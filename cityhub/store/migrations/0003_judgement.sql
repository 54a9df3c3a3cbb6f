-- What the judgement of a reading beside the ones before it remembers of a datastream (cityhub/continuity.py).
CREATE TABLE continuity (
    datastream_id int PRIMARY KEY,
    time timestamptz NOT NULL,          -- phenomenon time of the newest reading judged
    value float8 NOT NULL,
    since timestamptz NOT NULL,         -- first reading of the run of equal values
    readings int NOT NULL,              -- how many are in that run
    believed_time timestamptz NOT NULL, -- newest reading whose change was possible
    believed_value float8 NOT NULL
) WITH (fillfactor = 70);

-- Who changed flags of stored readings, when and why. Readings of start_time <= time < end_time; bits as in
-- cityhub/quality.py.
CREATE TABLE correction (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL CHECK (made_by <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    datastream_id int NOT NULL REFERENCES datastream,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL CHECK (end_time > start_time),
    set_bits smallint NOT NULL,
    cleared_bits smallint NOT NULL CHECK (set_bits & cleared_bits = 0),
    observations int NOT NULL CHECK (observations > 0)
);
CREATE INDEX correction_datastream_id ON correction (datastream_id, id);
-- A review asks for the corrections that reach into its last hours (neighbours.sql): nearly all others ended before.
CREATE INDEX correction_end_time ON correction (end_time);
