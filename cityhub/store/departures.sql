-- name: running
-- Start-stop sessions in a bay, and since when they run: from their beginning, or since they were put back.
SELECT s.token, g.bay_id, CASE g.kind WHEN 'reopening' THEN g.created_at ELSE g.from_time END
FROM parking_session s
CROSS JOIN LATERAL (
    SELECT * FROM segment WHERE session_id = s.id AND state = 'held' ORDER BY n DESC LIMIT 1
) g
WHERE s.mode = 'start_stop' AND s.state = 'active' AND g.bay_id IS NOT NULL AND g.to_time IS NULL
ORDER BY s.created_at

-- name: ended
-- Ended by a sensor a short while ago and not paid yet: from when to when, and when that was noted.
SELECT s.token, g.bay_id, g.from_time, g.to_time, g.created_at
FROM parking_session s
JOIN segment g ON g.session_id = s.id AND g.state = 'awaiting_payment' AND g.kind = 'stop' AND g.made_by = 'sensor'
WHERE s.mode = 'start_stop' AND s.state = 'unpaid' AND g.bay_id IS NOT NULL AND g.created_at > %(after)s
ORDER BY g.created_at

-- name: reports
SELECT o.time, o.value
FROM observation o
JOIN datastream d ON d.id = o.datastream_id
WHERE d.sensor_id = %(bay_id)s AND d.property = 'occupied' AND o.time >= %(since)s AND o.time <= %(until)s
  AND o.quality & %(rejected)s = 0
ORDER BY o.time
