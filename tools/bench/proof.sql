-- name: create_bare
CREATE TABLE bare (time timestamptz NOT NULL, datastream_id int NOT NULL, value float8 NOT NULL, quality smallint NOT NULL)

-- name: make_hypertable
SELECT create_hypertable('bare', by_range('time', INTERVAL '7 days'), create_default_indexes => false)

-- name: copy_bare
COPY bare (time, datastream_id, value, quality) FROM STDIN (FORMAT binary)

-- name: summed_up
SELECT coalesce(sum(n + n_rejected), 0) FROM observation_hourly

-- name: only_by_key
SET enable_seqscan = off

-- name: summed_up_between
SELECT coalesce(sum(n + n_rejected), 0)
FROM observation_hourly
WHERE datastream_id = ANY(%(ids)s)
  AND hour >= date_bin('1 hour', %(start)s::timestamptz, TIMESTAMPTZ '2000-01-01 00:00+00')
  AND hour < %(end)s

-- name: hypertable_bytes
SELECT hypertable_size('observation') + pg_total_relation_size('observation_hourly') + pg_total_relation_size('latest')

-- name: table_bytes
SELECT pg_total_relation_size('observation') + pg_total_relation_size('observation_hourly')
     + pg_total_relation_size('latest')
