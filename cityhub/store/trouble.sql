-- name: devices
-- What is wrong with listed sensors, by the rules of cityhub/devices/trouble.py, one page of it, and how many of each there
-- are, in one pass over the newest readings. Quality 3 = range or fault, 8 = flatline. An acknowledgement stands until it
-- is due, and for what began before it: what began anew is new.
WITH device AS MATERIALIZED (
    SELECT s.id, s.kind, s.name_vi, s.name_en, s.interval_s, t.online, t.told_at, f.newest, f.heard, f.flat_since,
           f.battery, f.rssi, make_interval(secs => s.interval_s * %(patience)s) AS patience
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
), judged AS (
    SELECT device.*,
           heard IS NULL OR %(now)s - heard > patience
           OR (online IS FALSE AND heard <= told_at + %(tolerance)s) AS is_silent
    FROM device
), found AS MATERIALIZED (
    SELECT j.*, w.code, w.severity, w.since, a.id AS acknowledgement_id, a.made_by, a.note, a.due_at,
           m.id AS maintenance_id, m.ends_at AS maintained_until
    FROM (
        -- Most have none.
        SELECT * FROM judged
        WHERE is_silent OR %(now)s - newest > patience OR flat_since IS NOT NULL OR battery < %(low_battery)s
           OR rssi < %(weak_signal)s
    ) j
    CROSS JOIN LATERAL (VALUES
        ('silent', 1, heard, heard, is_silent),
        ('stale', 2, newest, NULL, NOT is_silent AND %(now)s - newest > patience),
        ('unchanged', 3, flat_since, flat_since, NOT is_silent AND flat_since IS NOT NULL),
        ('low_battery', 4, NULL, NULL, NOT is_silent AND battery < %(low_battery)s),
        ('weak_signal', 5, NULL, NULL, NOT is_silent AND rssi < %(weak_signal)s)
    ) w (code, severity, since, began, holds)
    -- Of several the newest: what is too old for it is too old for those before.
    LEFT JOIN (
        SELECT DISTINCT ON (subject, code) id, subject, code, made_by, note, made_at, due_at
        FROM trouble_acknowledgement
        WHERE undone_at IS NULL AND due_at > %(now)s
        ORDER BY subject, code, id DESC
    ) a ON a.subject = 'sensor:' || j.id AND a.code = w.code AND a.made_at >= coalesce(w.began, '-infinity')
    LEFT JOIN (
        SELECT DISTINCT ON (sensor_id) id, sensor_id, ends_at FROM sensor_maintenance
        WHERE ended_at IS NULL AND begins_at <= %(now)s AND ends_at > %(now)s
        ORDER BY sensor_id, id DESC
    ) m ON m.sensor_id = j.id
    WHERE w.holds
), state AS (
    SELECT found.*,
           CASE WHEN maintenance_id IS NOT NULL THEN 'maintenance'
                WHEN acknowledgement_id IS NOT NULL THEN 'acknowledged' ELSE 'open' END AS state
    FROM found
), asked AS (
    SELECT * FROM state
    WHERE (%(state)s::text IS NULL OR state = %(state)s) AND (%(code)s::text IS NULL OR code = %(code)s)
      AND (%(kind)s::text IS NULL OR kind = %(kind)s)
), summary AS (
    SELECT count(*) AS sensors,
           count(*) FILTER (WHERE %(now)s - heard <= make_interval(secs => interval_s * %(late)s)) AS heard,
           max(heard) AS newest_heard,
           -- Over those that came in the last quarter of an hour.
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY greatest(extract(epoch FROM heard - newest), 0))
               FILTER (WHERE heard > %(now)s - INTERVAL '15 minutes') AS lags_s,
           sum(60.0 / interval_s)::float8 AS expected_per_minute,
           count(*) FILTER (WHERE heard > %(now)s - INTERVAL '1 minute') AS heard_last_minute
    FROM judged
), page AS (
    SELECT * FROM asked ORDER BY severity, since DESC NULLS LAST, id LIMIT %(limit)s OFFSET %(offset)s
)
SELECT summary.*, (SELECT count(*) FROM asked) AS matching,
       (SELECT jsonb_object_agg(state || ':' || code, n)
        FROM (SELECT state, code, count(*) AS n FROM state
              WHERE %(kind)s::text IS NULL OR kind = %(kind)s GROUP BY 1, 2) counted) AS counts,
       page.id, page.kind, page.name_vi, page.name_en, page.code, page.since, page.state, page.interval_s, page.newest,
       page.heard AS page_heard, page.flat_since, page.battery, page.rssi, page.online, page.told_at,
       page.acknowledgement_id, page.made_by, page.note, page.due_at, page.maintained_until,
       low.since AS low_since, refused.n AS refused
FROM summary
LEFT JOIN page ON true
-- Of a silent one: does anything come that is refused?
LEFT JOIN LATERAL (
    SELECT count(*) AS n FROM quarantine q
    WHERE q.sensor_id = page.id AND page.code = 'silent'
      AND q.last_received_at > greatest(page.heard, %(now)s - INTERVAL '1 day')
) refused ON true
-- Battery and signal are known by the day: since the day after the last good one.
LEFT JOIN LATERAL (
    SELECT min(b.day) AS since FROM sensor_day b
    WHERE b.sensor_id = page.id AND page.code IN ('low_battery', 'weak_signal')
      AND b.day > %(today)s::date - 90
      AND b.day > coalesce((
          SELECT max(g.day) FROM sensor_day g
          WHERE g.sensor_id = page.id AND g.day > %(today)s::date - 90
            AND CASE page.code WHEN 'low_battery' THEN g.battery >= %(low_battery)s ELSE g.rssi >= %(weak_signal)s END
      ), '-infinity')
      AND CASE page.code WHEN 'low_battery' THEN b.battery < %(low_battery)s ELSE b.rssi < %(weak_signal)s END
) low ON true
ORDER BY page.severity, page.since DESC NULLS LAST, page.id

-- name: acknowledge
-- In place of what somebody said before: one word stands, and undoing it leaves none.
WITH replaced AS (
    UPDATE trouble_acknowledgement SET undone_at = %(now)s, undone_by = %(by)s
    WHERE subject = %(subject)s AND code = %(code)s AND undone_at IS NULL AND due_at > %(now)s
)
INSERT INTO trouble_acknowledgement (subject, code, made_by, note, made_at, due_at)
VALUES (%(subject)s, %(code)s, %(by)s, %(note)s, %(now)s, %(due_at)s)
RETURNING id

-- name: undo
UPDATE trouble_acknowledgement SET undone_at = %(now)s, undone_by = %(by)s
WHERE id = %(id)s AND undone_at IS NULL
RETURNING subject, code, made_by, note, due_at

-- name: of_hub
SELECT DISTINCT ON (code) id, code, made_by, note, due_at, made_at FROM trouble_acknowledgement
WHERE subject = 'hub' AND undone_at IS NULL AND due_at > %(now)s
ORDER BY code, id DESC

-- name: hub
-- How the hub itself does, by what is cheap: the newest rows of the quarantine by their ids, indexes of what waits.
WITH refused AS (
    SELECT count(*) AS n, min(first_received_at) AS since
    FROM (SELECT first_received_at FROM quarantine ORDER BY id DESC LIMIT 1000) newest
    WHERE first_received_at > %(now)s - INTERVAL '1 hour'
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
)
SELECT failed.n AS jobs_failed, failed.since AS jobs_failed_since, failed.newest AS jobs_failed_newest,
       refused.n AS quarantined, refused.since AS quarantined_since,
       money.n AS money, money.since AS money_since, money.newest AS money_newest
FROM failed, refused, money
