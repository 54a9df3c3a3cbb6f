-- name: places
SELECT place_id, zone FROM parking_place ORDER BY place_id

-- name: reports
-- Of all bays of a place, by bay and time.
SELECT s.id, o.time, o.value
FROM sensor s
JOIN datastream d ON d.sensor_id = s.id AND d.property = 'occupied'
JOIN observation o ON o.datastream_id = d.id AND o.time >= %(start)s AND o.time < %(end)s AND o.quality & %(rejected)s = 0
WHERE s.kind = 'parking' AND s.listed AND s.place_id = %(place_id)s AND s.id <> s.place_id
ORDER BY s.id, o.time

-- name: count
INSERT INTO place_day (place_id, day, bays, stays, seconds, expected, counted_at)
VALUES (%(place_id)s, %(day)s, %(bays)s, %(stays)s, %(seconds)s, %(expected)s, %(now)s)
ON CONFLICT (place_id, day) DO UPDATE SET
    bays = excluded.bays, stays = excluded.stays, seconds = excluded.seconds, expected = excluded.expected,
    counted_at = excluded.counted_at

-- name: days
-- Every place where time is sold and every day, with what was paid by then for time there: what the hub took less what it gave
-- back, on the day of the payment, and what others sold, on the day that it begins. Permits name no place and are not in it;
-- nor are motorbikes, which no bay's sensor sees.
WITH paid AS (
    SELECT s.place_id, (p.settled_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, sum(p.amount - p.refunded) AS vnd
    FROM payment p JOIN parking_session s ON s.id = p.session_id
    WHERE p.settled_at >= %(start)s AND p.settled_at < %(end)s AND p.state IN ('paid', 'refunding', 'refunded')
      AND s.vehicle <> 'motorbike'
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
