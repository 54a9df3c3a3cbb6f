-- name: begin
INSERT INTO counter (datastream_id)
SELECT id FROM unnest(%(ids)b::int[]) AS stream (id)
ORDER BY id
ON CONFLICT (datastream_id) DO NOTHING

-- name: hold
-- In one order, and before any datastream's newest observation: of several who store at once none waits for another that
-- waits for it.
SELECT datastream_id, time, total, before_reset
FROM counter
WHERE datastream_id = ANY(%(ids)b::int[])
ORDER BY datastream_id
FOR NO KEY UPDATE

-- name: save
UPDATE counter c SET time = n.time, total = n.total, before_reset = n.before_reset
FROM unnest(%(ids)b::int[], %(times)b::timestamptz[], %(totals)b::float8[], %(before_resets)b::float8[])
     AS n (datastream_id, time, total, before_reset)
WHERE c.datastream_id = n.datastream_id
