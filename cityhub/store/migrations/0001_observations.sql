-- Sites and sensors, their observations, and what could not be decoded.
-- Plain PostgreSQL; what TimescaleDB adds is in ../edition.sql.

CREATE TABLE district (
    id text PRIMARY KEY,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    geometry jsonb NOT NULL,  -- GeoJSON, WGS84
    outline jsonb NOT NULL    -- the same, simplified for maps
);

CREATE TABLE place (
    id text PRIMARY KEY,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    lon float8 NOT NULL CHECK (lon BETWEEN -180 AND 180),
    lat float8 NOT NULL CHECK (lat BETWEEN -90 AND 90),
    basis text NOT NULL,
    basis_note text NOT NULL,
    capacity int NOT NULL CHECK (capacity > 0),
    illustrative boolean NOT NULL,
    attributes jsonb NOT NULL,
    district_id text REFERENCES district ON DELETE SET NULL
);

CREATE TABLE sensor (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{3,64}$'),
    kind text NOT NULL,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    lon float8 NOT NULL CHECK (lon BETWEEN -180 AND 180),
    lat float8 NOT NULL CHECK (lat BETWEEN -90 AND 90),
    basis text NOT NULL,
    basis_note text NOT NULL,
    interval_s int NOT NULL CHECK (interval_s > 0),
    place_id text REFERENCES place,
    capacity int CHECK (capacity > 0),
    illustrative boolean NOT NULL,
    listed boolean NOT NULL,
    attributes jsonb NOT NULL,
    district_id text REFERENCES district ON DELETE SET NULL
);
CREATE INDEX sensor_kind_id ON sensor (kind, id);

CREATE TABLE datastream (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sensor_id text NOT NULL REFERENCES sensor,
    property text NOT NULL,
    unit text NOT NULL,
    UNIQUE (sensor_id, property)
);

-- No foreign key to datastream: it would cost a lookup per row, and ids come from this database's own registry.
CREATE TABLE observation (
    time timestamptz NOT NULL,
    datastream_id int NOT NULL,
    value float8 NOT NULL,
    quality smallint NOT NULL,
    CONSTRAINT observation_once UNIQUE (datastream_id, time)
);

-- n, sum, min and max leave out rejected values (quality range or fault); those are counted in n_rejected.
CREATE TABLE observation_hourly (
    datastream_id int NOT NULL,
    hour timestamptz NOT NULL,
    n int NOT NULL,
    sum float8 NOT NULL,
    min float8,
    max float8,
    n_rejected int NOT NULL,
    PRIMARY KEY (datastream_id, hour)
);

CREATE TABLE latest (
    datastream_id int PRIMARY KEY,
    time timestamptz NOT NULL,
    value float8 NOT NULL,
    quality smallint NOT NULL
) WITH (fillfactor = 70);

-- A message that comes again (redelivery, or a device that keeps on) counts up instead of filling the table.
CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    topic text NOT NULL,
    payload bytea NOT NULL,
    payload_bytes int NOT NULL,
    reason text NOT NULL CHECK (reason IN (
        'topic', 'json', 'schema', 'time', 'future', 'unknown_sensor', 'unknown_property', 'not_a_number',
        'too_large', 'refused'
    )),
    detail text NOT NULL,
    sensor_id text,
    first_received_at timestamptz NOT NULL,
    last_received_at timestamptz NOT NULL,
    n bigint NOT NULL DEFAULT 1
);
CREATE INDEX quarantine_reason_id ON quarantine (reason, id);
