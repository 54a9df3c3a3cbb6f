-- name: drop_empty
DROP DATABASE IF EXISTS growth_empty WITH (FORCE)

-- name: create_empty
CREATE DATABASE growth_empty

-- name: create_full
CREATE DATABASE growth_full

-- name: fill
-- A reading a minute of every datastream, oldest first, as they would have come: so the index grows as it does in years
-- of service. Whole hours, so that each hour of the sums is written once.
WITH generated AS MATERIALIZED (
    SELECT datastream_id, time,
           (mod(extract(epoch FROM time)::bigint / 60 + 13 * datastream_id, 400) / 10.0)::float8 AS value
    FROM generate_series(
        %(start)s::timestamptz, %(end)s::timestamptz - INTERVAL '1 minute', INTERVAL '1 minute'
    ) AS minute (time)
    CROSS JOIN unnest(%(ids)s::int[]) AS wanted (datastream_id)
), hours AS (
    INSERT INTO observation_hourly (datastream_id, hour, n, sum, min, max, n_rejected)
    SELECT datastream_id, date_bin('1 hour', time, TIMESTAMPTZ '2000-01-01 00:00+00') AS hour,
           count(*), sum(value), min(value), max(value), 0
    FROM generated
    GROUP BY datastream_id, hour
    ORDER BY hour, datastream_id
)
INSERT INTO observation (datastream_id, time, value, quality)
SELECT datastream_id, time, value, 0 FROM generated

-- name: fill_latest
INSERT INTO latest (datastream_id, time, value, quality)
SELECT datastream_id, time, value, quality FROM observation WHERE time = %(newest)s

-- name: vacuum_observations
VACUUM (ANALYZE) observation

-- name: vacuum_hours
VACUUM (ANALYZE) observation_hourly

-- name: vacuum_latest
VACUUM (ANALYZE) latest

-- name: checkpoint
CHECKPOINT

-- name: size
SELECT pg_database_size(current_database())
