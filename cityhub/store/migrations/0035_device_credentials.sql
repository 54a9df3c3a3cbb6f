-- Who gave a sensor its password at the broker, and when. The broker's own file is the truth about who is let in; this says
-- where what stands there comes from. `mark`: of the line in that file, to see whether it is still the one that was given.
CREATE TABLE device_credential (
    sensor_id text PRIMARY KEY REFERENCES sensor,
    mark text NOT NULL,
    given_at timestamptz NOT NULL,
    given_by text NOT NULL,
    rotated_at timestamptz, -- the last time
    rotated_by text,
    revoked_at timestamptz,
    revoked_by text,
    CHECK ((rotated_at IS NULL) = (rotated_by IS NULL)),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
