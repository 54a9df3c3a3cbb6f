-- name: count
-- From the hourly sums: a poll twice a second must not read every row.
SELECT coalesce(sum(n + n_rejected), 0) FROM observation_hourly

-- name: rows
SELECT coalesce(d.sensor_id, ''), o.time, o.value
FROM observation o LEFT JOIN datastream d ON d.id = o.datastream_id

-- name: hours_apart
-- Quality 3 = range (1) or fault (2): left out of sums. The raw rows of a closed hour are gone.
WITH raw AS (
    SELECT datastream_id,
           date_bin('1 hour', time, TIMESTAMPTZ '2000-01-01 00:00+00') AS hour,
           count(*) FILTER (WHERE quality & 3 = 0) AS n,
           coalesce(sum(value) FILTER (WHERE quality & 3 = 0), 0) AS sum,
           min(value) FILTER (WHERE quality & 3 = 0) AS min,
           max(value) FILTER (WHERE quality & 3 = 0) AS max,
           count(*) FILTER (WHERE quality & 3 <> 0) AS n_rejected
    FROM observation
    GROUP BY 1, 2
)
SELECT count(*)
FROM raw FULL JOIN observation_hourly h USING (datastream_id, hour)
WHERE h.closed IS NOT TRUE
  AND (raw.n, raw.sum, raw.min, raw.max, raw.n_rejected) IS DISTINCT FROM (h.n, h.sum, h.min, h.max, h.n_rejected)

-- name: latest_apart
WITH newest AS (
    SELECT DISTINCT ON (datastream_id) datastream_id, time, value, quality
    FROM observation
    ORDER BY datastream_id, time DESC
)
SELECT count(*)
FROM newest FULL JOIN latest USING (datastream_id)
WHERE (newest.time, newest.value, newest.quality) IS DISTINCT FROM (latest.time, latest.value, latest.quality)
