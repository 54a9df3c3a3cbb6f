-- name: fill
-- In the order of time, as they would have come, so that rows and indexes lie as they do in years of service. Whole
-- hours, so that each hour of the sums is written once. Values swing over the day and over weeks.
WITH generated AS MATERIALIZED (
    SELECT stream.id AS datastream_id, reading.time,
           floor(5 * stream.scale * (
               1 + 0.5 * sin(extract(epoch FROM reading.time)::float8 / 13750 + stream.id)
                 + 0.5 * sin(extract(epoch FROM reading.time)::float8 / 300000 + 7 * stream.id)
           )) / 10 AS value
    FROM unnest(%(ids)s::int[], %(scales)s::float8[], %(steps_s)s::int[]) AS stream (id, scale, step_s)
    CROSS JOIN LATERAL generate_series(
        %(start)s::timestamptz, %(end)s::timestamptz - INTERVAL '1 second', make_interval(secs => stream.step_s)
    ) AS reading (time)
), hours AS (
    INSERT INTO observation_hourly (datastream_id, hour, n, sum, min, max, n_rejected)
    SELECT datastream_id, date_bin('1 hour', time, TIMESTAMPTZ '2000-01-01 00:00+00') AS hour,
           count(*), sum(value), min(value), max(value), 0
    FROM generated
    GROUP BY datastream_id, hour
    ORDER BY hour, datastream_id
)
INSERT INTO observation (datastream_id, time, value, quality)
SELECT datastream_id, time, value, 0 FROM generated ORDER BY time, datastream_id

-- name: fill_latest
INSERT INTO latest (datastream_id, time, value, quality)
SELECT stream.id, newest.time, newest.value, newest.quality
FROM unnest(%(ids)s::int[]) AS stream (id)
CROSS JOIN LATERAL (
    SELECT o.time, o.value, o.quality FROM observation o
    WHERE o.datastream_id = stream.id AND o.time >= %(newest)s::timestamptz - INTERVAL '1 hour'
    ORDER BY o.time DESC LIMIT 1
) AS newest

-- name: vacuum
VACUUM (ANALYZE)

-- name: size
SELECT pg_database_size(current_database())
