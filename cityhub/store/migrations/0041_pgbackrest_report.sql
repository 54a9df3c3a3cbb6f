-- What pgBackRest last said of the backups that there are (its `info` as JSON), written by who makes them (deploy/pgbackrest/schedule)
-- as the superuser, and read by jobs, which tell Prometheus. One row.
CREATE TABLE pgbackrest_report (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    told_at timestamptz NOT NULL,
    info jsonb NOT NULL
);
