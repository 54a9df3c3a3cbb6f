-- What a device, or its last will, said last of being connected.
CREATE TABLE sensor_status (
    sensor_id text PRIMARY KEY REFERENCES sensor,
    online boolean NOT NULL,
    told_at timestamptz NOT NULL, -- when it was received: a last will's own time is that of the connection's begin
    device_time timestamptz
) WITH (fillfactor = 70);

-- How each sensor did on each day of Asia/Ho_Chi_Minh (health.sql). It outlives the raw observations it was counted from.
CREATE TABLE sensor_day (
    sensor_id text NOT NULL REFERENCES sensor,
    day date NOT NULL,
    interval_s int NOT NULL,     -- the sensor's expected interval when the day was counted
    expected int NOT NULL CHECK (expected >= 0),
    reports int NOT NULL CHECK (reports >= 0),
    completeness float8 CHECK (completeness BETWEEN 0 AND 1), -- NULL where nothing was expected
    missing bigint,              -- NULL where the sensor did not number its messages
    restarts int,
    n_rejected int NOT NULL,
    battery float8,              -- %, the day's last
    rssi float8,                 -- dBm, the day's last
    first_time timestamptz,
    last_time timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (sensor_id, day)
);
CREATE INDEX sensor_day_day ON sensor_day (day, sensor_id);
