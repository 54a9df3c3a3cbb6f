-- name: copy
COPY observation (datastream_id, time, value, quality) FROM STDIN (FORMAT binary)

-- name: add_late
-- Rows that may be stored already. Which of them were not is told only where some were.
WITH fresh AS (
    INSERT INTO observation (datastream_id, time, value, quality)
    SELECT * FROM unnest(%(ids)b::int[], %(times)b::timestamptz[], %(values)b::float8[], %(qualities)b::smallint[])
    ON CONFLICT (datastream_id, time) DO NOTHING
    RETURNING datastream_id, time
)
SELECT count(*),
       CASE WHEN count(*) < cardinality(%(ids)b::int[]) THEN array_agg(datastream_id) END,
       CASE WHEN count(*) < cardinality(%(ids)b::int[]) THEN array_agg(time) END
FROM fresh

-- name: sum_up
-- Days that are over may be summed up already (days.sql): those of the batch are not as they were.
WITH over AS (
    INSERT INTO observation_daily AS known (datastream_id, day)
    SELECT DISTINCT id, date_trunc('day', hour, 'Asia/Ho_Chi_Minh')
    FROM unnest(%(ids)b::int[], %(hours)b::timestamptz[]) AS added (id, hour)
    WHERE hour < date_trunc('day', now(), 'Asia/Ho_Chi_Minh')
    ORDER BY 1, 2
    ON CONFLICT (datastream_id, day) DO UPDATE SET is_stale = true WHERE NOT known.is_stale
)
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
