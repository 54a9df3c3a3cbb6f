-- name: edition
-- Another text after any change of the kind's sensors, what they measure, and the areas they lie in, some of which change
-- with the day. Beside it the oldest transaction that still goes on: whatever is not seen yet was written by it or by a
-- later one.
SELECT concat_ws(
    ' ',
    (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
    (SELECT concat(count(*), ':', sum(hashtext(xmin::text)::bigint)) FROM sensor WHERE kind = %(kind)s),
    -- They are only added.
    (SELECT max(id) FROM datastream),
    (SELECT concat(count(*), ':', sum(hashtext(xmin::text)::bigint)) FROM sensor_area),
    (SELECT concat(count(*), ':', sum(hashtext(xmin::text)::bigint)) FROM area_set),
    (SELECT concat(count(*), ':', sum(hashtext(xmin::text)::bigint)) FROM area)
), pg_snapshot_xmin(pg_current_snapshot())::xid::text

-- name: streams
SELECT d.sensor_id, d.id, d.property, d.unit
FROM sensor s JOIN datastream d ON d.sensor_id = s.id
WHERE s.kind = %(kind)s AND s.listed
ORDER BY d.sensor_id, d.id

-- name: gone
SELECT t.sensor_id, t.told_at
FROM sensor_status t JOIN sensor s ON s.id = t.sensor_id
WHERE NOT t.online AND s.kind = %(kind)s AND s.listed

-- name: readings
SELECT datastream_id, time, value, quality, revision
FROM latest
WHERE datastream_id = ANY(%(ids)s::int[])

-- name: moved
-- Readings of all kinds that were written since: a look at every row is quicker than to ask for those of thousands of ids.
-- By age, because numbers of transactions come round again; rows are written anew and never removed.
SELECT datastream_id, time, value, quality, revision
FROM latest
WHERE age(xmin) <= age(%(since)s::text::xid)
