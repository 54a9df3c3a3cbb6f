-- name: stored
-- By the index of each datastream: a count of the whole table would read other sensors' rows.
SELECT count(*)
FROM unnest(%(sensors)s::text[], %(properties)s::text[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
     AS span (sensor_id, property, first, last)
JOIN datastream d USING (sensor_id, property)
JOIN observation o ON o.datastream_id = d.id AND o.time BETWEEN span.first AND span.last

-- name: arrived
SELECT published.sensor_id, published.property
FROM unnest(%(sensors)s::text[], %(properties)s::text[], %(times)s::timestamptz[])
     AS published (sensor_id, property, time)
JOIN datastream d USING (sensor_id, property)
JOIN observation o ON o.datastream_id = d.id AND o.time = published.time

-- name: quarantined
SELECT reason, sum(n)::bigint FROM quarantine WHERE topic = ANY(%(topics)s) GROUP BY reason
