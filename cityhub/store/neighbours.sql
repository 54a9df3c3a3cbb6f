-- name: measured
-- Hours with good values of every sensor that a rule compares, by the rule's number and by whether it is listed.
SELECT rule.number, s.listed, h.datastream_id, h.hour, s.lat, s.lon, s.interval_s, h.n, h.sum
FROM unnest(%(kinds)s::text[], %(properties)s::text[]) WITH ORDINALITY AS rule (kind, property, number)
JOIN sensor s ON s.kind = rule.kind
JOIN datastream d ON d.sensor_id = s.id AND d.property = rule.property
JOIN observation_hourly h ON h.datastream_id = d.id
WHERE h.hour >= %(start)s AND h.hour < %(end)s AND h.n > 0 AND NOT h.closed
ORDER BY h.datastream_id, h.hour

-- name: past_flags
SELECT datastream_id, start_time AS start, end_time AS "end", made_by
FROM correction
WHERE start_time < %(end)s AND end_time > %(start)s
  AND ((set_bits & %(bit)s) <> 0 OR ((cleared_bits & %(bit)s) <> 0 AND made_by <> %(review)s))

-- name: try_lock
SELECT pg_try_advisory_lock(%(lock)s)

-- name: unlock
SELECT pg_advisory_unlock(%(lock)s)
