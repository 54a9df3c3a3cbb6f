-- What operations need: when anything of a sensor came last, what somebody has taken note of, what is being repaired.

-- When something of the datastream was stored last, by the server's clock: who sends old times is not silent.
ALTER TABLE latest ADD COLUMN stored_at timestamptz;

-- Somebody knows of a trouble and says until when that is enough. `subject`: sensor:ID or hub.
CREATE TABLE trouble_acknowledgement (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    code text NOT NULL,
    made_by text NOT NULL,
    note text NOT NULL CHECK (length(note) <= 500),
    made_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL CHECK (due_at > made_at),
    undone_at timestamptz,
    undone_by text
);
CREATE INDEX trouble_acknowledgement_stands ON trouble_acknowledgement (subject, code, due_at) WHERE undone_at IS NULL;

-- A sensor that is being worked on is no trouble until then.
CREATE TABLE sensor_maintenance (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sensor_id text NOT NULL REFERENCES sensor,
    made_by text NOT NULL,
    note text NOT NULL CHECK (length(note) <= 500),
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > begins_at),
    ended_at timestamptz, -- before its time
    ended_by text
);
CREATE INDEX sensor_maintenance_stands ON sensor_maintenance (sensor_id, ends_at) WHERE ended_at IS NULL;

-- Of one sensor, a page at a time.
CREATE INDEX quarantine_sensor_id ON quarantine (sensor_id, id) WHERE sensor_id IS NOT NULL;
