-- name: copy
COPY observation (datastream_id, time, value, quality) FROM STDIN (FORMAT binary)

-- name: add_late
-- Rows that may be stored already; those that were not.
INSERT INTO observation (datastream_id, time, value, quality)
SELECT * FROM unnest(%(ids)b::int[], %(times)b::timestamptz[], %(values)b::float8[], %(qualities)b::smallint[])
ON CONFLICT (datastream_id, time) DO NOTHING
RETURNING datastream_id, time

-- name: sum_up
INSERT INTO observation_hourly AS known (datastream_id, hour, n, sum, min, max, n_rejected)
SELECT * FROM unnest(
    %(ids)b::int[], %(hours)b::timestamptz[], %(ns)b::int[], %(sums)b::float8[], %(mins)b::float8[], %(maxs)b::float8[],
    %(rejected)b::int[]
)
ON CONFLICT (datastream_id, hour) DO UPDATE SET
    n = known.n + excluded.n,
    sum = known.sum + excluded.sum,
    min = least(known.min, excluded.min),
    max = greatest(known.max, excluded.max),
    n_rejected = known.n_rejected + excluded.n_rejected
-- Retention took the raw rows of a closed hour, so nothing can tell a duplicate there any more.
WHERE NOT known.closed

-- name: standing
-- The bounds keep the look to the chunks that hold the times.
SELECT o.datastream_id, o.time, o.value, o.quality
FROM observation o
JOIN unnest(%(ids)b::int[], %(times)b::timestamptz[]) AS asked (id, time)
  ON o.datastream_id = asked.id AND o.time = asked.time
WHERE o.datastream_id = ANY(%(ids)b::int[]) AND o.time >= %(first)s AND o.time <= %(last)s

-- name: mark
-- All findings of a batch at once: one statement each would look into every chunk each time. The bounds keep it to the
-- chunks, and in compressed ones to the segments, that hold the findings.
UPDATE observation o SET quality = o.quality | f.flags
FROM unnest(%(ids)b::int[], %(times)b::timestamptz[], %(flags)b::smallint[]) AS f (id, time, flags)
WHERE o.datastream_id = f.id AND o.time = f.time
  AND o.datastream_id = ANY(%(streams)b::int[]) AND o.time >= %(first)s AND o.time <= %(last)s

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
