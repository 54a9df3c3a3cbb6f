-- name: kind
SELECT s.kind FROM datastream d JOIN sensor s ON s.id = d.sensor_id WHERE d.id = %(datastream_id)s

-- name: datastream
SELECT d.id FROM datastream d WHERE d.sensor_id = %(sensor_id)s AND d.property = %(property)s

-- name: sensor_exists
SELECT EXISTS (SELECT FROM sensor WHERE id = %(sensor_id)s)

-- name: change
WITH changed AS (
    UPDATE observation
    SET quality = (quality | %(set_bits)s::smallint) & ~%(cleared_bits)s::smallint
    WHERE datastream_id = %(datastream_id)s AND time >= %(start)s AND time < %(end)s
      AND (quality | %(set_bits)s::smallint) & ~%(cleared_bits)s::smallint <> quality
    RETURNING time
)
SELECT count(*), array_agg(DISTINCT date_bin('1 hour', time, TIMESTAMPTZ '2000-01-01 00:00+00')) FROM changed

-- name: sum_up
-- The same figures that ingest adds up row by row. Quality 3 = range (1) or fault (2): left out of sums.
WITH raw AS (
    SELECT changed.hour,
           count(*) FILTER (WHERE o.quality & 3 = 0) AS n,
           coalesce(sum(o.value) FILTER (WHERE o.quality & 3 = 0), 0) AS sum,
           min(o.value) FILTER (WHERE o.quality & 3 = 0) AS min,
           max(o.value) FILTER (WHERE o.quality & 3 = 0) AS max,
           count(*) FILTER (WHERE o.quality & 3 <> 0) AS n_rejected
    FROM unnest(%(hours)s::timestamptz[]) AS changed (hour)
    JOIN observation o ON o.datastream_id = %(datastream_id)s
                      AND o.time >= changed.hour AND o.time < changed.hour + INTERVAL '1 hour'
    GROUP BY changed.hour
), over AS (
    INSERT INTO observation_daily AS known (datastream_id, day)
    SELECT DISTINCT %(datastream_id)s::int, date_trunc('day', hour, 'Asia/Ho_Chi_Minh')
    FROM unnest(%(hours)s::timestamptz[]) AS changed (hour)
    WHERE hour < date_trunc('day', now(), 'Asia/Ho_Chi_Minh')
    ON CONFLICT (datastream_id, day) DO UPDATE SET is_stale = true WHERE NOT known.is_stale
)
UPDATE observation_hourly h
SET n = raw.n, sum = raw.sum, min = raw.min, max = raw.max, n_rejected = raw.n_rejected
FROM raw
WHERE h.datastream_id = %(datastream_id)s AND h.hour = raw.hour AND NOT h.closed

-- name: revise
UPDATE latest SET revision = revision + 1 WHERE datastream_id = %(datastream_id)s

-- name: judge_latest
UPDATE latest l
SET quality = o.quality
FROM observation o
WHERE l.datastream_id = %(datastream_id)s AND l.time >= %(start)s AND l.time < %(end)s
  AND o.datastream_id = l.datastream_id AND o.time = l.time AND o.quality <> l.quality

-- name: disbelieve
-- Readings are no longer held against one that was believed and turned out wrong (observing/continuity.py). Where the one
-- that was believed still is, it stays: what is wrong may go on.
UPDATE latest SET
    judged_time = NULL, judged_value = NULL, since = NULL, readings = NULL, believed_time = NULL, believed_value = NULL
WHERE datastream_id = %(datastream_id)s AND believed_time >= %(start)s AND believed_time < %(end)s

-- name: record
INSERT INTO correction (made_by, reason, datastream_id, start_time, end_time, set_bits, cleared_bits, observations)
VALUES (%(made_by)s, %(reason)s, %(datastream_id)s, %(start)s, %(end)s, %(set_bits)s, %(cleared_bits)s,
        %(observations)s)

-- name: history
SELECT c.id, c.made_at, c.made_by, c.reason, d.sensor_id, d.property, c.start_time AS start, c.end_time AS "end",
       c.set_bits, c.cleared_bits, c.observations
FROM correction c JOIN datastream d ON d.id = c.datastream_id
WHERE (%(sensor_id)s::text IS NULL OR d.sensor_id = %(sensor_id)s)
  AND (%(before_id)s::bigint IS NULL OR c.id < %(before_id)s)
ORDER BY c.id DESC
LIMIT %(limit)s
