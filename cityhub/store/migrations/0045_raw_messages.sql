-- A sensor whose messages are kept as they come, for some minutes, because somebody looks for what is wrong with it.
CREATE TABLE sensor_listening (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sensor_id text NOT NULL REFERENCES sensor,
    made_by text NOT NULL,
    why text NOT NULL CHECK (length(why) BETWEEN 1 AND 500),
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    CHECK (ends_at >= begins_at AND ends_at <= begins_at + INTERVAL '1 hour')
);
-- Ingest asks for it every two seconds.
CREATE INDEX sensor_listening_ends_at ON sensor_listening (ends_at);
CREATE INDEX sensor_listening_sensor ON sensor_listening (sensor_id);

-- The newest of each such sensor; all are removed after a day. `payload`: its beginning, `payload_bytes` of the whole.
CREATE TABLE raw_message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sensor_id text NOT NULL REFERENCES sensor,
    topic text NOT NULL,
    payload bytea NOT NULL CHECK (octet_length(payload) <= 4096),
    payload_bytes int NOT NULL,
    retained boolean NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX raw_message_sensor ON raw_message (sensor_id, id);
CREATE INDEX raw_message_received_at ON raw_message (received_at);
