-- From when on a sensor can have measured: since the catalogue says so, else since some time before it was registered (see
-- sensors.sql). Of the sensors that are there nobody wrote down when that was.
ALTER TABLE sensor ADD COLUMN registered_at timestamptz NOT NULL DEFAULT '2000-01-01 00:00+00';
ALTER TABLE sensor ALTER COLUMN registered_at SET DEFAULT now();
ALTER TABLE sensor ADD COLUMN observed_since timestamptz;

-- What the broker had kept (RETAIN) was not received when it was measured, and must not be replayed as if it were.
ALTER TABLE quarantine ADD COLUMN retained boolean NOT NULL DEFAULT false;
