-- name: create_staging
CREATE TEMP TABLE IF NOT EXISTS staging (
    datastream_id int NOT NULL,
    time timestamptz NOT NULL,
    value float8 NOT NULL,
    quality smallint NOT NULL
) ON COMMIT DELETE ROWS

-- name: copy_staging
COPY staging (datastream_id, time, value, quality) FROM STDIN (FORMAT binary)

-- name: add_staged
-- Only rows that were really inserted feed the hourly sums and `latest`: a duplicate changes nothing, a late row
-- corrects its own hour, and `latest` follows the phenomenon time and never goes back. Sorted, so that several
-- ingestors take row locks in one order; by ctid last, because the row that arrived first stays. Quality 3 = range (1)
-- or fault (2): left out of sums.
WITH fresh AS (
    INSERT INTO observation (datastream_id, time, value, quality)
    SELECT DISTINCT ON (datastream_id, time) datastream_id, time, value, quality
    FROM staging
    ORDER BY datastream_id, time, ctid
    ON CONFLICT (datastream_id, time) DO NOTHING
    RETURNING datastream_id, time, value, quality
), hours AS (
    INSERT INTO observation_hourly (datastream_id, hour, n, sum, min, max, n_rejected)
    SELECT datastream_id,
           date_bin('1 hour', time, TIMESTAMPTZ '2000-01-01 00:00+00') AS hour,
           count(*) FILTER (WHERE quality & 3 = 0),
           coalesce(sum(value) FILTER (WHERE quality & 3 = 0), 0),
           min(value) FILTER (WHERE quality & 3 = 0),
           max(value) FILTER (WHERE quality & 3 = 0),
           count(*) FILTER (WHERE quality & 3 <> 0)
    FROM fresh
    GROUP BY datastream_id, hour
    ORDER BY datastream_id, hour
    ON CONFLICT (datastream_id, hour) DO UPDATE SET
        n = observation_hourly.n + excluded.n,
        sum = observation_hourly.sum + excluded.sum,
        min = least(observation_hourly.min, excluded.min),
        max = greatest(observation_hourly.max, excluded.max),
        n_rejected = observation_hourly.n_rejected + excluded.n_rejected
    -- Retention took the raw rows of a closed hour, so nothing can tell a duplicate there any more.
    WHERE NOT observation_hourly.closed
), newest AS (
    INSERT INTO latest (datastream_id, time, value, quality)
    SELECT DISTINCT ON (datastream_id) datastream_id, time, value, quality
    FROM fresh
    ORDER BY datastream_id, time DESC
    ON CONFLICT (datastream_id) DO UPDATE SET
        time = excluded.time, value = excluded.value, quality = excluded.quality
    WHERE excluded.time > latest.time
)
-- Which rows were new is told only where some were not.
SELECT stored, CASE WHEN stored < staged THEN ids END, CASE WHEN stored < staged THEN times END
FROM (SELECT count(*) AS stored, array_agg(datastream_id) AS ids, array_agg(time) AS times FROM fresh),
     (SELECT count(*) AS staged FROM staging)

-- name: allow_late_rows
-- Where the columnstore holds old chunks, late rows may unpack more of them than the default allows. Elsewhere this
-- sets a name that nobody reads.
SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0

-- name: raw
SELECT o.time, o.value, o.quality
FROM observation o
JOIN datastream d ON d.id = o.datastream_id
WHERE d.sensor_id = %(sensor_id)s AND d.property = %(property)s
  AND o.time >= %(start)s AND o.time < %(end)s
  AND (%(after)s::timestamptz IS NULL OR o.time > %(after)s)
ORDER BY o.time
LIMIT %(limit)s

-- name: hourly
SELECT h.hour AS time, h.n, CASE WHEN h.n > 0 THEN h.sum / h.n END AS mean, h.min, h.max,
       CASE WHEN h.n > 0 THEN h.sum END AS sum, h.n_rejected
FROM observation_hourly h
JOIN datastream d ON d.id = h.datastream_id
WHERE d.sensor_id = %(sensor_id)s AND d.property = %(property)s
  AND h.hour >= %(start)s AND h.hour < %(end)s
  AND (%(after)s::timestamptz IS NULL OR h.hour > %(after)s)
ORDER BY h.hour
LIMIT %(limit)s

-- name: daily
-- Days of Asia/Ho_Chi_Minh; the mean weighs every reading alike. Vietnam keeps UTC+7 all year.
SELECT date_trunc('day', h.hour, 'Asia/Ho_Chi_Minh') AS time, sum(h.n)::int AS n,
       CASE WHEN sum(h.n) > 0 THEN sum(h.sum) / sum(h.n) END AS mean, min(h.min) AS min, max(h.max) AS max,
       CASE WHEN sum(h.n) > 0 THEN sum(h.sum) END AS sum, sum(h.n_rejected)::int AS n_rejected
FROM observation_hourly h
JOIN datastream d ON d.id = h.datastream_id
WHERE d.sensor_id = %(sensor_id)s AND d.property = %(property)s
  AND h.hour >= %(start)s AND h.hour < %(end)s
  AND (%(after)s::timestamptz IS NULL OR h.hour >= %(after)s::timestamptz + INTERVAL '24 hours')
GROUP BY 1
ORDER BY 1
LIMIT %(limit)s
