-- name: of_plate
-- What a plate holds now or held a short while ago: time that the hub sold, and rights, whoever sold them.
SELECT 'cityhub' AS channel, s.place_id, s.zone, g.bay_id, s.vehicle, g.from_time, g.to_time, s.state = 'unpaid' AS is_owed
FROM (SELECT DISTINCT session_id FROM segment WHERE plate = %(plate)s AND (to_time IS NULL OR to_time > %(since)s)) mine
JOIN parking_session s ON s.id = mine.session_id
CROSS JOIN LATERAL (
    SELECT * FROM segment WHERE session_id = s.id AND state = 'held' ORDER BY n DESC LIMIT 1
) g
WHERE s.state IN ('active', 'unpaid', 'ended') AND g.plate = %(plate)s AND (g.to_time IS NULL OR g.to_time > %(since)s)
UNION ALL
SELECT channel, place_id, zone, bay_id, vehicle, valid_from, valid_to, false
FROM assigned_right
WHERE plate = %(plate)s AND state = 'active' AND valid_to > %(since)s
ORDER BY from_time DESC

-- name: held
-- What is paid for by now, without whose it is.
SELECT 'cityhub' AS channel, s.place_id, s.zone, g.bay_id, s.vehicle, g.from_time, g.to_time, false AS is_owed
FROM (
    SELECT session_id FROM segment WHERE state = 'held' AND to_time > %(since)s
    UNION SELECT id FROM parking_session WHERE mode = 'start_stop' AND state = 'active'
) mine
JOIN parking_session s ON s.id = mine.session_id AND s.state IN ('active', 'ended')
CROSS JOIN LATERAL (
    SELECT * FROM segment WHERE session_id = s.id AND state = 'held' ORDER BY n DESC LIMIT 1
) g
WHERE (g.to_time IS NULL OR g.to_time > %(since)s) AND (%(place_id)s::text IS NULL OR s.place_id = %(place_id)s)
UNION ALL
SELECT channel, place_id, zone, bay_id, vehicle, valid_from, valid_to, false
FROM assigned_right
WHERE state = 'active' AND valid_to > %(since)s AND valid_from <= %(now)s
  AND (%(place_id)s::text IS NULL OR place_id = %(place_id)s OR place_id IS NULL)

-- name: bays
-- Bays at places where time is sold, what their sensors said last, and since when they see a car.
SELECT s.place_id, r.zone, s.id, s.name_vi, s.name_en, s.interval_s, l.time, l.value, l.quality, l.time AS heard,
       t.online, t.told_at, seen.since
FROM sensor s
JOIN parking_place r ON r.place_id = s.place_id
JOIN datastream d ON d.sensor_id = s.id AND d.property = 'occupied'
JOIN latest l ON l.datastream_id = d.id
LEFT JOIN sensor_status t ON t.sensor_id = s.id
LEFT JOIN LATERAL (
    SELECT min(o.time) AS since FROM observation o
    WHERE o.datastream_id = d.id AND o.value = 1 AND o.quality & %(rejected)s = 0 AND o.time > %(back)s AND o.time > coalesce((
        SELECT f.time FROM observation f
        WHERE f.datastream_id = d.id AND f.value = 0 AND f.quality & %(rejected)s = 0 AND f.time > %(back)s
        ORDER BY f.time DESC LIMIT 1
    ), %(back)s)
) seen ON l.value = 1
WHERE s.kind = 'parking' AND s.listed AND s.id <> s.place_id AND (%(place_id)s::text IS NULL OR s.place_id = %(place_id)s)
