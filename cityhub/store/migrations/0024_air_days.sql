-- What the days of an air station are made of (cityhub/air/vn_aqi.py), so that years of indices are read at once. Kept of
-- days that are over by a job, and forgotten in the transaction that changes one of their hours: who reads finds what
-- the hours say, or nothing and reads the hours.
CREATE TABLE air_day (
    datastream_id int NOT NULL,
    day date NOT NULL,                -- of Vietnam: the hours that end at 01:00 to 24:00
    hours smallint NOT NULL,          -- with data; without any the means are NULL
    observed int NOT NULL,            -- readings in them
    mean float8,                      -- of the hours' means, µg/m³
    highest float8,                   -- of the hours' means
    ozone float8,                     -- highest 8-hour mean of ozone
    ozone_hours smallint NOT NULL,    -- so many hours with data made an 8-hour mean
    PRIMARY KEY (datastream_id, day)
);

ALTER TABLE latest
    -- Counts up whenever anything is stored, or corrected, that is not newer than the newest: what was made of the past may
    -- be wrong then.
    ADD COLUMN revision int NOT NULL DEFAULT 0,
    -- Days are kept of hours before then.
    ADD COLUMN days_until timestamptz;
