-- name: hold
-- In one order, so that of several who store at once none waits for another that waits for it. Joined, because of a row
-- that changed while it was waited for the condition is tested anew: against all ids of a batch that took the database
-- twice the time.
SELECT datastream_id, nullif(time, '-infinity') AS time, value, quality, revision, days_until,
       judged_time, judged_value, since, readings, believed_time, believed_value
FROM unnest(%(ids)b::int[]) AS wanted (id)
JOIN latest ON datastream_id = wanted.id
ORDER BY datastream_id
FOR NO KEY UPDATE OF latest

-- name: begin
-- A datastream that nothing is stored of begins before all time; whoever began it gives it its first observation before
-- anybody else sees it.
INSERT INTO latest (datastream_id, time, value, quality)
SELECT id, '-infinity', 0, 0
FROM unnest(%(ids)b::int[]) AS stream (id)
ORDER BY id
ON CONFLICT (datastream_id) DO NOTHING

-- name: catch_up
INSERT INTO latest (datastream_id, time, value, quality)
SELECT stream.id, newest.time, newest.value, newest.quality
FROM unnest(%(ids)b::int[]) AS stream (id)
CROSS JOIN LATERAL (
    SELECT o.time, o.value, o.quality
    FROM observation o
    WHERE o.datastream_id = stream.id
    ORDER BY o.time DESC
    LIMIT 1
) AS newest
ORDER BY stream.id
ON CONFLICT (datastream_id) DO UPDATE SET
    time = excluded.time, value = excluded.value, quality = excluded.quality, revision = latest.revision + 1
WHERE excluded.time > latest.time

-- name: save
UPDATE latest l SET
    time = n.time, value = n.value, quality = n.quality, judged_time = n.judged_time, judged_value = n.judged_value,
    since = n.since, readings = n.readings, believed_time = n.believed_time, believed_value = n.believed_value,
    revision = n.revision, stored_at = now()
FROM unnest(
    %(ids)b::int[], %(times)b::timestamptz[], %(values)b::float8[], %(qualities)b::smallint[],
    %(judged_times)b::timestamptz[], %(judged_values)b::float8[], %(sinces)b::timestamptz[], %(readings)b::int[],
    %(believed_times)b::timestamptz[], %(believed_values)b::float8[], %(revisions)b::int[]
) AS n (datastream_id, time, value, quality, judged_time, judged_value, since, readings, believed_time, believed_value,
        revision)
WHERE l.datastream_id = n.datastream_id
