-- name: recall
-- No lock of its own: who inserted a row of a datastream holds its `latest` until the transaction ends, so that of two
-- ingestors the second judges by what the first left.
SELECT datastream_id, time, value, since, readings, believed_time, believed_value
FROM continuity
WHERE datastream_id = ANY(%(ids)b::int[])

-- name: remember
INSERT INTO continuity (datastream_id, time, value, since, readings, believed_time, believed_value)
SELECT *
FROM unnest(%(ids)b::int[], %(times)b::timestamptz[], %(values)b::float8[], %(sinces)b::timestamptz[],
            %(readings)b::int[], %(believed_times)b::timestamptz[], %(believed_values)b::float8[])
ORDER BY 1
ON CONFLICT (datastream_id) DO UPDATE SET
    time = excluded.time, value = excluded.value, since = excluded.since, readings = excluded.readings,
    believed_time = excluded.believed_time, believed_value = excluded.believed_value

-- name: mark_observation
-- All findings of a batch at once: one statement each would look into every chunk each time. The bounds keep it to the
-- chunks, and in compressed ones to the segments, that hold the findings.
UPDATE observation o SET quality = o.quality | f.flags
FROM unnest(%(ids)b::int[], %(times)b::timestamptz[], %(flags)b::smallint[]) AS f (id, time, flags)
WHERE o.datastream_id = f.id AND o.time = f.time
  AND o.datastream_id = ANY(%(streams)b::int[]) AND o.time >= %(first)s AND o.time <= %(last)s

-- name: mark_latest
UPDATE latest l SET quality = l.quality | f.flags
FROM unnest(%(ids)b::int[], %(times)b::timestamptz[], %(flags)b::smallint[]) AS f (id, time, flags)
WHERE l.datastream_id = f.id AND l.time = f.time
