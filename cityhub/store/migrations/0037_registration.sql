-- Sensors that people registered beside those of the catalogue's files, and what their devices call things.

-- Who registered the sensor or changed it last; NULL: the files say what it is, and loading them again changes it.
ALTER TABLE sensor ADD COLUMN registered_by text CHECK (length(registered_by) <= 100);

-- A device's own names of fields, as people wrote them down. The newest row of a sensor holds; none is ever changed.
-- `fields`: JSON of cityhub.observing.payloads.mapping_fields; NULL: from now on what the files say holds again.
CREATE TABLE sensor_mapping (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sensor_id text NOT NULL REFERENCES sensor,
    fields text,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    why text NOT NULL CHECK (length(why) <= 500)
);
CREATE INDEX sensor_mapping_newest ON sensor_mapping (sensor_id, id DESC);
