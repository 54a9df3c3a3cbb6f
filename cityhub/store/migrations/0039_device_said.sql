-- What a device said of itself last, in its status: its program, why it began anew, and for how long it had run then.
CREATE TABLE device_said (
    sensor_id text PRIMARY KEY REFERENCES sensor,
    firmware text CHECK (length(firmware) <= 64),
    reset text CHECK (length(reset) <= 40),
    uptime_s bigint CHECK (uptime_s >= 0),
    told_at timestamptz NOT NULL
);
