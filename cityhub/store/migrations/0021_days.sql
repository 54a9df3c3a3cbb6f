-- A year by the day reads 365 rows instead of 8,760, each of which lies on a page of its own. Rows stand for days of
-- Asia/Ho_Chi_Minh that are over, by their beginning, and are made by a job. Who changes an hour of such a day marks it in the
-- same transaction: a day without a row, or with one that is stale, is summed up from its hours, so that figures are exact
-- at every moment.
CREATE TABLE observation_daily (
    datastream_id int NOT NULL,
    day timestamptz NOT NULL,
    n int NOT NULL DEFAULT 0,
    sum float8 NOT NULL DEFAULT 0,
    min float8,
    max float8,
    n_rejected int NOT NULL DEFAULT 0,
    is_stale boolean NOT NULL DEFAULT true,
    PRIMARY KEY (datastream_id, day)
) WITH (fillfactor = 90);
CREATE INDEX observation_daily_stale ON observation_daily (datastream_id, day) WHERE is_stale;

-- Days before `until` have been begun: their rows are there, stale or made.
CREATE TABLE days_begun (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    until timestamptz NOT NULL
);
