-- name: fill
-- Of a hundred sensors twelve are silent, and six each tell old times, do not change, have a low battery, a weak signal.
INSERT INTO latest (datastream_id, time, value, quality, since, stored_at)
SELECT d.id,
       CASE WHEN n.part < 12 THEN %(now)s - n.number * INTERVAL '1 minute' - INTERVAL '1 day'
            WHEN n.part < 18 THEN %(now)s - INTERVAL '2 days' ELSE %(now)s END,
       CASE d.property WHEN 'battery' THEN CASE WHEN n.part BETWEEN 24 AND 29 THEN 12 ELSE 80 END
                       WHEN 'rssi' THEN CASE WHEN n.part BETWEEN 30 AND 35 THEN -110 ELSE -70 END ELSE 20 END,
       CASE WHEN n.part BETWEEN 18 AND 23 AND d.property NOT IN ('battery', 'rssi', 'seq') THEN 8 ELSE 0 END,
       %(now)s - INTERVAL '5 hours',
       CASE WHEN n.part < 12 THEN %(now)s - n.number * INTERVAL '1 minute' - INTERVAL '1 day' ELSE %(now)s END
FROM datastream d
CROSS JOIN LATERAL (SELECT right(d.sensor_id, 5)::int AS number, right(d.sensor_id, 2)::int AS part) n
WHERE d.sensor_id LIKE 'bench-%%'

-- name: known
-- Somebody knows of a third of the silent.
INSERT INTO trouble_acknowledgement (subject, code, made_by, note, made_at, due_at)
SELECT 'sensor:' || id, 'silent', 'bench', 'a car is under way', %(now)s, %(now)s + INTERVAL '1 day'
FROM sensor WHERE id LIKE 'bench-%%' AND right(id, 2)::int < 4

-- name: rates
-- Six hours of what ingest counts.
INSERT INTO ingest_minute (minute, kind, messages, refused, lags)
SELECT minute, kind, 1000, 10, array_fill(50, ARRAY[19])
FROM generate_series(date_trunc('minute', %(now)s) - INTERVAL '6 hours', %(now)s, INTERVAL '1 minute') AS minute,
     unnest(ARRAY['air', 'rain', 'flood', 'water', 'parking', 'none']) AS kind

-- name: silent
-- Those that nobody knows of.
SELECT id FROM sensor WHERE id LIKE 'bench-%' AND right(id, 2)::int BETWEEN 4 AND 11 ORDER BY id

-- name: well
SELECT id FROM sensor WHERE id LIKE 'bench-%' AND right(id, 2)::int BETWEEN 50 AND 99 ORDER BY id

-- name: vacuum
VACUUM (ANALYZE)

-- name: bare
-- Every newest reading, and nothing done with it.
SELECT datastream_id, time, stored_at, value, quality, since FROM latest

-- name: count
SELECT (SELECT count(*) FROM sensor), (SELECT count(*) FROM datastream)
