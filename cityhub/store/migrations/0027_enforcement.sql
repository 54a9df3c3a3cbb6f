-- What is paid for now, of all places: sessions whose end comes without anybody's doing keep their state.
CREATE INDEX segment_running ON segment (to_time) WHERE state = 'held';
CREATE INDEX assigned_right_running ON assigned_right (valid_to) WHERE state = 'active';

-- What each place saw and should have earned, day by day (Vietnam time), kept up by a job from the bays' sensors.
CREATE TABLE place_day (
    place_id text NOT NULL REFERENCES place,
    day date NOT NULL,
    bays int NOT NULL,                 -- with a sensor that said anything that day
    stays int NOT NULL,
    seconds bigint NOT NULL,           -- that cars stood there
    expected bigint NOT NULL,          -- VND, by the tariff
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (place_id, day)
);
