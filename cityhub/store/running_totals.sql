-- name: newest_reports
-- Signs for "missing" (fault, 2) are no reports. What was taken for a total before is one, as are totals out of range.
SELECT stream.id, o.time, o.value, o.quality
FROM unnest(%(ids)b::int[], %(times)b::timestamptz[]) AS stream (id, newest)
CROSS JOIN LATERAL (
    SELECT time, value, quality
    FROM observation
    WHERE datastream_id = stream.id AND time <= stream.newest AND time > stream.newest - %(look_back)s::interval
      AND quality & 2 = 0
    ORDER BY time DESC
    LIMIT %(most)s
) AS o
ORDER BY stream.id, o.time

-- name: cleared_by_hand
-- 64: total.
SELECT FROM correction
WHERE datastream_id = %(id)s AND cleared_bits & 64 <> 0 AND start_time <= %(last)s AND end_time > %(first)s
LIMIT 1
