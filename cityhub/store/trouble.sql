-- name: look
-- Listed sensors of which something may be wrong, with what cityhub/devices/trouble.py judges them by, and how all sensors do,
-- which is in every row. One pass over the newest readings. Quality 3 = range or fault, 8 = flatline.
WITH device AS MATERIALIZED (
    SELECT s.id, s.kind, s.name_vi, s.name_en, s.interval_s, f.newest, f.heard, f.flat_since, f.battery, f.rssi,
           t.online, t.told_at
    FROM sensor s
    LEFT JOIN sensor_status t ON t.sensor_id = s.id
    LEFT JOIN (
        SELECT d.sensor_id, max(l.time) AS newest, max(coalesce(l.stored_at, l.time)) AS heard,
               min(l.since) FILTER (WHERE l.quality & 8 <> 0) AS flat_since,
               min(l.value) FILTER (WHERE d.property = 'battery' AND l.quality & 3 = 0) AS battery,
               min(l.value) FILTER (WHERE d.property = 'rssi' AND l.quality & 3 = 0) AS rssi
        FROM datastream d JOIN latest l ON l.datastream_id = d.id
        WHERE l.time > '-infinity' AND (%(sensor_id)s::text IS NULL OR d.sensor_id = %(sensor_id)s)
        GROUP BY d.sensor_id
    ) f ON f.sensor_id = s.id
    WHERE s.listed AND (%(sensor_id)s::text IS NULL OR s.id = %(sensor_id)s)
), summary AS (
    SELECT count(*) AS sensors,
           count(*) FILTER (WHERE heard >= %(now)s - make_interval(secs => interval_s * %(late)s)) AS heard,
           max(heard) AS newest_heard,
           -- Over those that came in the last quarter of an hour.
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY greatest(date_part('epoch', heard - newest), 0))
               FILTER (WHERE heard > %(now)s - INTERVAL '15 minutes') AS lags_s,
           sum(60.0::float8 / interval_s) AS expected_per_minute,
           count(*) FILTER (WHERE heard > %(now)s - INTERVAL '1 minute') AS heard_last_minute
    FROM device
), suspect AS (
    -- Most are well.
    SELECT * FROM device
    WHERE heard IS NULL OR least(heard, newest) < %(now)s - make_interval(secs => interval_s * %(patience)s)
       OR online IS FALSE OR flat_since IS NOT NULL OR battery < %(low_battery)s OR rssi < %(weak_signal)s
)
SELECT summary.*, suspect.* FROM summary LEFT JOIN suspect ON true

-- name: details
-- Of the lines of one page. Of a silent one: does anything come that is refused? Battery and signal are known by the day:
-- since the day after the last good one.
SELECT one.number, refused.n, low.since
FROM unnest(%(ids)s::text[], %(codes)s::text[], %(heard)s::timestamptz[])
     WITH ORDINALITY AS one (sensor_id, code, heard, number)
LEFT JOIN LATERAL (
    SELECT count(*) AS n FROM quarantine q
    WHERE q.sensor_id = one.sensor_id AND one.code = 'silent'
      AND q.last_received_at > greatest(one.heard, %(now)s - INTERVAL '1 day')
) refused ON true
LEFT JOIN LATERAL (
    SELECT min(b.day) AS since FROM sensor_day b
    WHERE b.sensor_id = one.sensor_id AND one.code IN ('low_battery', 'weak_signal')
      AND b.day > %(today)s::date - 90
      AND b.day > coalesce((
          SELECT max(g.day) FROM sensor_day g
          WHERE g.sensor_id = one.sensor_id AND g.day > %(today)s::date - 90
            AND CASE one.code WHEN 'low_battery' THEN g.battery >= %(low_battery)s ELSE g.rssi >= %(weak_signal)s END
      ), '-infinity')
      AND CASE one.code WHEN 'low_battery' THEN b.battery < %(low_battery)s ELSE b.rssi < %(weak_signal)s END
) low ON true
ORDER BY one.number

-- name: sensors_in
SELECT i.sensor_id FROM sensor_area i JOIN area_set_shown s ON s.id = i.set_id WHERE i.area_id = ANY(%(areas)s)

-- name: areas
-- Those that hold a listed sensor, of the levels that are shown.
SELECT s.level, a.id, a.full_name_vi, a.full_name_en
FROM area_set_shown s JOIN area a ON a.set_id = s.id
WHERE EXISTS (
    SELECT FROM sensor_area i JOIN sensor e ON e.id = i.sensor_id AND e.listed WHERE i.set_id = a.set_id AND i.area_id = a.id
)
ORDER BY area_level_number(s.level), a.name_vi, a.id

-- name: hub
-- How the hub itself does, by what is cheap: the newest rows of the quarantine by their ids, indexes of what waits.
WITH kept AS (
    SELECT reason, sensor_id, first_received_at, last_received_at FROM quarantine ORDER BY id DESC LIMIT 1000
), refused AS (
    SELECT count(*) AS n, min(first_received_at) AS since
    FROM kept WHERE first_received_at > %(now)s - INTERVAL '1 hour'
), registered AS MATERIALIZED (
    -- Read from the index alone, as the devices below: of those that nobody registered the topics are not looked at.
    SELECT DISTINCT q.sensor_id, s.kind FROM quarantine q JOIN sensor s ON s.id = q.sensor_id
    WHERE q.reason = 'unknown_sensor'
), strange AS (
    -- As /ops/new lists them: also sensors that send under another kind than theirs. It begins anew with another device,
    -- not with another message of one.
    SELECT count(*) AS n, min(since) AS since, max(since) AS newest
    FROM (
        SELECT min(q.first_received_at) AS since
        FROM quarantine q
        WHERE q.reason = 'unknown_sensor' AND NOT EXISTS (SELECT FROM sensor WHERE sensor.id = q.sensor_id)
        GROUP BY q.sensor_id
        HAVING max(q.last_received_at) > %(now)s - INTERVAL '1 day'
        UNION ALL
        SELECT min(q.first_received_at)
        FROM registered r JOIN quarantine q ON q.sensor_id = r.sensor_id AND q.reason = 'unknown_sensor'
        WHERE split_part(q.topic, '/', 2) <> r.kind
        GROUP BY q.sensor_id, split_part(q.topic, '/', 2)
        HAVING max(q.last_received_at) > %(now)s - INTERVAL '1 day'
    ) AS device
), money AS (
    SELECT count(*) AS n, min(since) AS since, max(since) AS newest
    FROM (
        SELECT received_at AS since FROM parked_money WHERE resolved_at IS NULL
        UNION ALL
        SELECT created_at FROM refund WHERE state IN ('by_hand', 'sent')
    ) waiting
), failed AS (
    SELECT count(*) AS n, min(e.at) AS since, max(e.at) AS newest
    FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'failed'
    WHERE j.status = 'failed' AND e.at > %(now)s - INTERVAL '7 days'
), breach AS (
    -- Of which somebody has to be told yet (cityhub/breaches.py).
    SELECT min(known_at) AS since, min(report_by) AS due, max(entered_at) AS newest
    FROM privacy_breach
    WHERE closed_at IS NULL AND (authority_told_at IS NULL OR (persons_told_at IS NULL AND 'position' = ANY(touched)))
)
SELECT failed.n AS jobs_failed, failed.since AS jobs_failed_since, failed.newest AS jobs_failed_newest,
       refused.n AS quarantined, refused.since AS quarantined_since,
       strange.n AS new_devices, strange.since AS new_devices_since, strange.newest AS new_devices_newest,
       money.n AS money, money.since AS money_since, money.newest AS money_newest,
       breach.since AS breach_since, breach.due AS breach_due, breach.newest AS breach_newest
FROM failed, refused, strange, money, breach
