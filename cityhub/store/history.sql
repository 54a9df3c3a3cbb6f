-- The datastream is one number before anything is read: with a join in its place the server reads and sorts all that follows
-- the page. So it walks the index of (datastream_id, time) and stops after the page.

-- name: raw
SELECT time, value, quality
FROM observation
WHERE datastream_id = (SELECT id FROM datastream WHERE sensor_id = %(sensor_id)s AND property = %(property)s)
  AND time >= %(first)s AND time < %(end)s
ORDER BY time
LIMIT %(limit)s

-- name: hourly
SELECT hour AS time, n, CASE WHEN n > 0 THEN sum / n END AS mean, min, max, CASE WHEN n > 0 THEN sum END AS sum,
       n_rejected
FROM observation_hourly
WHERE datastream_id = (SELECT id FROM datastream WHERE sensor_id = %(sensor_id)s AND property = %(property)s)
  AND hour >= %(first)s AND hour < %(end)s
ORDER BY hour
LIMIT %(limit)s

-- name: daily
-- Days of Asia/Ho_Chi_Minh; the mean weighs every reading alike. Vietnam keeps UTC+7 all year. Whole days that were summed
-- up already are read as they are (days.sql), the others from their hours. Day after day is looked for, from the first hour
-- that is stored to the last, until the page is full.
WITH stream AS MATERIALIZED (
    SELECT id FROM datastream WHERE sensor_id = %(sensor_id)s AND property = %(property)s
), day AS (
    SELECT start
    FROM generate_series(
        (SELECT date_trunc('day', hour, 'Asia/Ho_Chi_Minh') FROM observation_hourly
         WHERE datastream_id = (SELECT id FROM stream) AND hour >= %(first)s ORDER BY hour LIMIT 1),
        (SELECT hour FROM observation_hourly
         WHERE datastream_id = (SELECT id FROM stream) AND hour < %(end)s ORDER BY hour DESC LIMIT 1),
        INTERVAL '1 day'
    ) AS start
    ORDER BY start
)
SELECT day.start AS time, found.n, CASE WHEN found.n > 0 THEN found.sum / found.n END AS mean, found.min, found.max,
       CASE WHEN found.n > 0 THEN found.sum END AS sum, found.n_rejected
FROM day
CROSS JOIN LATERAL (
    (SELECT d.n, d.sum, d.min, d.max, d.n_rejected
     FROM observation_daily d
     WHERE d.datastream_id = (SELECT id FROM stream) AND d.day = day.start AND NOT d.is_stale
       AND day.start >= %(first)s AND day.start <= %(end)s::timestamptz - INTERVAL '1 day')
    UNION ALL
    (SELECT sum(o.n)::int, sum(o.sum), min(o.min), max(o.max), sum(o.n_rejected)::int
     FROM (
         SELECT *
         FROM observation_hourly
         WHERE datastream_id = (SELECT id FROM stream)
           AND hour >= greatest(day.start, %(first)s) AND hour < least(day.start + INTERVAL '1 day', %(end)s)
         ORDER BY hour
     ) AS o)
    LIMIT 1
) AS found
WHERE found.n + found.n_rejected > 0
ORDER BY day.start
LIMIT %(limit)s
