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
-- Days of Asia/Ho_Chi_Minh; the mean weighs every reading alike. Vietnam keeps UTC+7 all year. A day has 24 hours at most,
-- so that those of the page are read and no more.
SELECT date_trunc('day', h.hour, 'Asia/Ho_Chi_Minh') AS time, sum(h.n)::int AS n,
       CASE WHEN sum(h.n) > 0 THEN sum(h.sum) / sum(h.n) END AS mean, min(h.min) AS min, max(h.max) AS max,
       CASE WHEN sum(h.n) > 0 THEN sum(h.sum) END AS sum, sum(h.n_rejected)::int AS n_rejected
FROM (
    SELECT *
    FROM observation_hourly
    WHERE datastream_id = (SELECT id FROM datastream WHERE sensor_id = %(sensor_id)s AND property = %(property)s)
      AND hour >= %(first)s AND hour < %(end)s
    ORDER BY hour
    LIMIT 24 * %(limit)s::bigint
) h
GROUP BY 1
ORDER BY 1
LIMIT %(limit)s
