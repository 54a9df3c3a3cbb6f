-- name: places
-- With how many of its bays have a sensor.
SELECT r.place_id, r.zone, count(s.id)::int
FROM parking_place r
LEFT JOIN sensor s ON s.kind = 'parking' AND s.listed AND s.place_id = r.place_id AND s.id <> s.place_id
GROUP BY r.place_id, r.zone ORDER BY r.zone, r.place_id

-- name: reports
-- Of all bays of a place, by bay and time.
SELECT s.id, o.time, o.value
FROM sensor s
JOIN datastream d ON d.sensor_id = s.id AND d.property = 'occupied'
JOIN observation o ON o.datastream_id = d.id AND o.time >= %(start)s AND o.time < %(end)s AND o.quality & %(rejected)s = 0
WHERE s.kind = 'parking' AND s.listed AND s.place_id = %(place_id)s AND s.id <> s.place_id
ORDER BY s.id, o.time

-- name: spans
-- What was paid or may be used without paying, and meets a span of time: of a zone, for what bays' sensors see.
SELECT s.place_id, g.bay_id, g.from_time, g.to_time, false
FROM (
    SELECT session_id FROM segment WHERE state = 'held' AND to_time > %(start)s AND from_time < %(end)s
    UNION SELECT id FROM parking_session WHERE mode = 'start_stop' AND state = 'active'
) mine
JOIN parking_session s ON s.id = mine.session_id AND s.state IN ('active', 'ended')
CROSS JOIN LATERAL (
    SELECT * FROM segment WHERE session_id = s.id AND state = 'held' ORDER BY n DESC LIMIT 1
) g
WHERE s.zone = %(zone)s AND s.vehicle <> 'motorbike' AND g.from_time < %(end)s
  AND (g.to_time IS NULL OR g.to_time > %(start)s)
UNION ALL
SELECT place_id, bay_id, valid_from, least(valid_to, withdrawn_at), specification_id IS NOT NULL
FROM assigned_right
WHERE zone = %(zone)s AND vehicle <> 'motorbike' AND state IN ('active', 'withdrawn') AND valid_from < %(end)s
  AND least(valid_to, withdrawn_at) > %(start)s
  AND (specification_id IS NOT NULL OR state = 'active')

-- name: count
INSERT INTO place_day (place_id, day, bays, stays, seconds, expected, counted_at, sensors, silent_seconds, free_stays,
                       permit_stays, permit, unpaid_stays, unpaid)
VALUES (%(place_id)s, %(day)s, %(bays)s, %(stays)s, %(seconds)s, %(expected)s, %(now)s, %(sensors)s, %(silent_seconds)s,
        %(free_stays)s, %(permit_stays)s, %(permit)s, %(unpaid_stays)s, %(unpaid)s)
ON CONFLICT (place_id, day) DO UPDATE SET
    bays = excluded.bays, stays = excluded.stays, seconds = excluded.seconds, expected = excluded.expected,
    counted_at = excluded.counted_at, sensors = excluded.sensors, silent_seconds = excluded.silent_seconds,
    free_stays = excluded.free_stays, permit_stays = excluded.permit_stays, permit = excluded.permit,
    unpaid_stays = excluded.unpaid_stays, unpaid = excluded.unpaid

-- name: days
-- Every place where time is sold and every day, with what was paid by then for time there: what the hub took less what it gave
-- back, on the day that it did (the books), and what others sold, on the day that it begins. Permits name no place and are
-- not in it; nor are motorbikes, which no bay's sensor sees.
WITH paid AS (
    SELECT earned_by AS place_id, day, sum(taken - given_back) AS vnd
    FROM earned_day WHERE day BETWEEN %(first)s AND %(last)s AND NOT motorbike
    GROUP BY 1, 2
), others AS (
    SELECT place_id, (valid_from AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, sum(amount) AS vnd
    FROM assigned_right
    WHERE valid_from >= %(start)s AND valid_from < %(end)s AND state = 'active' AND specification_id IS NULL
      AND vehicle <> 'motorbike'
    GROUP BY 1, 2
)
SELECT r.place_id, d.day::date, c.bays, c.stays, c.seconds, c.expected, coalesce(paid.vnd, 0)::bigint AS paid,
       coalesce(others.vnd, 0)::bigint AS others, c.counted_at
FROM parking_place r
CROSS JOIN generate_series(%(first)s::date, %(last)s::date, INTERVAL '1 day') AS d (day)
LEFT JOIN place_day c ON c.place_id = r.place_id AND c.day = d.day::date
LEFT JOIN paid ON paid.place_id = r.place_id AND paid.day = d.day::date
LEFT JOIN others ON others.place_id = r.place_id AND others.day = d.day::date
WHERE %(place_id)s::text IS NULL OR r.place_id = %(place_id)s
ORDER BY d.day, r.place_id
