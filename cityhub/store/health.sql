-- name: count_day
-- One day of Asia/Ho_Chi_Minh for every sensor, by the rules of cityhub/devices/health.py. A sensor that never reported has
-- nothing expected of it; on its first day it counts from its first report. A gap belongs to the day of the message
-- after it. Quality 3 = range or fault.
WITH stream AS (
    SELECT d.id, d.sensor_id, d.property, h.first_hour
    FROM datastream d
    CROSS JOIN LATERAL (
        SELECT min(hour) AS first_hour FROM observation_hourly WHERE datastream_id = d.id
    ) h
), device AS (
    SELECT s.id, s.interval_s, s.listed, min(m.first_hour) AS first_hour
    FROM sensor s LEFT JOIN stream m ON m.sensor_id = s.id
    GROUP BY s.id
), hours AS (
    SELECT m.sensor_id, h.hour, max(h.n + h.n_rejected) AS reports, sum(h.n_rejected) AS n_rejected,
           bool_or(h.closed) AS closed
    FROM stream m JOIN observation_hourly h ON h.datastream_id = m.id
    WHERE h.hour >= %(start)s AND h.hour < %(end)s
    GROUP BY m.sensor_id, h.hour
), counted AS (
    SELECT h.sensor_id, sum(h.reports)::int AS reports, sum(h.n_rejected)::int AS n_rejected,
           sum(least(h.reports, ceil(3600.0 / e.interval_s) + %(spare)s))::int AS came
    FROM hours h JOIN device e ON e.id = h.sensor_id
    GROUP BY h.sensor_id
), moments AS (
    SELECT m.sensor_id, min(f.time) AS first_time, max(l.time) AS last_time,
           min(l.value) FILTER (WHERE m.property = 'battery') AS battery,
           min(l.value) FILTER (WHERE m.property = 'rssi') AS rssi
    FROM stream m
    CROSS JOIN LATERAL (
        SELECT time FROM observation
        WHERE datastream_id = m.id AND time >= %(start)s AND time < %(end)s
        ORDER BY time LIMIT 1
    ) f
    CROSS JOIN LATERAL (
        SELECT time, CASE WHEN quality & 3 = 0 THEN value END AS value FROM observation
        WHERE datastream_id = m.id AND time >= %(start)s AND time < %(end)s
        ORDER BY time DESC LIMIT 1
    ) l
    GROUP BY m.sensor_id
), sequence AS (
    SELECT m.sensor_id, CASE WHEN g.numbers > 0 THEN g.missing END AS missing,
           CASE WHEN g.numbers > 0 THEN g.restarts END AS restarts
    FROM stream m
    JOIN device e ON e.id = m.sensor_id
    CROSS JOIN LATERAL sequence_gaps(
        m.id, e.interval_s, %(start)s, %(end)s, %(smallest)s, %(largest)s, %(jump)s, %(per_interval)s
    ) g
    WHERE m.property = 'seq'
), expectation AS (
    SELECT e.id, e.interval_s,
           greatest(floor(extract(epoch FROM %(until)s - b.begin) / e.interval_s), 0)::int AS expected
    FROM device e
    LEFT JOIN moments m ON m.sensor_id = e.id
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN e.first_hour < %(start)s THEN %(start)s
            WHEN e.first_hour < %(end)s THEN m.first_time
            ELSE %(until)s
        END AS begin
    ) b
    WHERE e.listed OR e.first_hour < %(end)s
)
INSERT INTO sensor_day (sensor_id, day, interval_s, expected, reports, completeness, missing, restarts, n_rejected,
                        battery, rssi, first_time, last_time, updated_at)
SELECT x.id, %(day)s, x.interval_s, x.expected, coalesce(c.reports, 0),
       CASE WHEN x.expected > 0 THEN least(coalesce(c.came, 0)::float8 / x.expected, 1) END,
       q.missing, q.restarts, coalesce(c.n_rejected, 0), m.battery, m.rssi, m.first_time, m.last_time, %(now)s
FROM expectation x
LEFT JOIN counted c ON c.sensor_id = x.id
LEFT JOIN moments m ON m.sensor_id = x.id
LEFT JOIN sequence q ON q.sensor_id = x.id
-- Retention closes the hours whose raw observations it removed: what was counted while they were there stays.
WHERE NOT EXISTS (SELECT FROM hours WHERE closed)
  AND EXISTS (SELECT FROM device WHERE first_hour < %(end)s)
ORDER BY x.id
ON CONFLICT (sensor_id, day) DO UPDATE SET
    interval_s = excluded.interval_s, expected = excluded.expected, reports = excluded.reports,
    completeness = excluded.completeness, missing = excluded.missing, restarts = excluded.restarts,
    n_rejected = excluded.n_rejected, battery = excluded.battery, rssi = excluded.rssi,
    first_time = excluded.first_time, last_time = excluded.last_time, updated_at = excluded.updated_at

-- name: count_hours
-- The hours of numbers that were not counted yet, or changed since. Those whose raw observations retention has removed stay
-- as they were counted. Materialized, or all hours would be read to find those that changed.
WITH changed AS MATERIALIZED (
    SELECT h.datastream_id, h.hour, s.interval_s, h.n, h.n_rejected, h.sum
    FROM datastream d
    JOIN sensor s ON s.id = d.sensor_id
    JOIN observation_hourly h ON h.datastream_id = d.id
    LEFT JOIN sequence_hour c
           ON c.datastream_id = h.datastream_id AND c.hour = h.hour AND c.interval_s = s.interval_s
          AND (c.n, c.n_rejected, c.sum) = (h.n, h.n_rejected, h.sum)
    WHERE d.property = 'seq' AND h.hour >= %(start)s AND h.hour < %(end)s AND NOT h.closed AND c.hour IS NULL
)
INSERT INTO sequence_hour (datastream_id, hour, numbers, missing, restarts, first_time, first_value, last_time,
                           last_value, interval_s, n, n_rejected, sum)
SELECT c.datastream_id, c.hour, g.*, c.interval_s, c.n, c.n_rejected, c.sum
FROM changed c
CROSS JOIN LATERAL sequence_span(
    c.datastream_id, c.interval_s, c.hour, c.hour + INTERVAL '1 hour',
    %(smallest)s, %(largest)s, %(jump)s, %(per_interval)s
) g
ORDER BY c.datastream_id, c.hour
ON CONFLICT (datastream_id, hour) DO UPDATE SET
    numbers = excluded.numbers, missing = excluded.missing, restarts = excluded.restarts,
    first_time = excluded.first_time, first_value = excluded.first_value,
    last_time = excluded.last_time, last_value = excluded.last_value, interval_s = excluded.interval_s,
    n = excluded.n, n_rejected = excluded.n_rejected, sum = excluded.sum

-- name: forget_hours
DELETE FROM sequence_hour WHERE hour < %(before)s

-- name: unsettled
-- Days of Asia/Ho_Chi_Minh from `oldest` or the first with data to `today` that were not counted since the day after
-- them was over: today, yesterday, and what an outage left. A day that is over changes little: once an hour is enough.
-- Those that retention has closed cannot be counted any more.
SELECT g.day::date
FROM (
    SELECT (min(h.hour) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day
    FROM datastream d
    CROSS JOIN LATERAL (SELECT min(hour) AS hour FROM observation_hourly WHERE datastream_id = d.id) h
) first
CROSS JOIN LATERAL generate_series(
    greatest(first.day, %(oldest)s::date)::timestamp, %(today)s::date::timestamp, INTERVAL '1 day'
) AS g (day)
CROSS JOIN LATERAL (SELECT max(updated_at) AS counted_at FROM sensor_day WHERE day = g.day::date) c
WHERE first.day IS NOT NULL
  AND (
      c.counted_at IS NULL
      OR c.counted_at < (g.day + INTERVAL '1 day') AT TIME ZONE 'Asia/Ho_Chi_Minh'
      OR c.counted_at < (g.day + INTERVAL '2 days') AT TIME ZONE 'Asia/Ho_Chi_Minh'
         AND c.counted_at <= %(now)s::timestamptz - INTERVAL '1 hour'
  )
  AND NOT EXISTS (
      SELECT FROM datastream d JOIN observation_hourly h ON h.datastream_id = d.id
      WHERE h.hour >= g.day AT TIME ZONE 'Asia/Ho_Chi_Minh'
        AND h.hour < (g.day + INTERVAL '1 day') AT TIME ZONE 'Asia/Ho_Chi_Minh' AND h.closed
  )
ORDER BY g.day

-- name: of_day
SELECT s.id AS sensor_id, s.kind, s.name_vi, s.name_en, d.day, d.interval_s, d.expected, d.reports, d.completeness,
       d.missing, d.restarts, d.n_rejected, d.battery, d.rssi, d.first_time, d.last_time, d.updated_at
FROM sensor_day d JOIN sensor s ON s.id = d.sensor_id
WHERE d.day = %(day)s AND s.listed
  AND (%(kind)s::text IS NULL OR s.kind = %(kind)s)
  AND (%(after)s::text IS NULL OR d.sensor_id > %(after)s)
ORDER BY d.sensor_id
LIMIT %(limit)s

-- name: of_sensor
SELECT s.id AS sensor_id, s.kind, s.name_vi, s.name_en, d.day, d.interval_s, d.expected, d.reports, d.completeness,
       d.missing, d.restarts, d.n_rejected, d.battery, d.rssi, d.first_time, d.last_time, d.updated_at
FROM sensor_day d JOIN sensor s ON s.id = d.sensor_id
WHERE d.sensor_id = %(sensor_id)s AND d.day >= %(start)s AND d.day < %(end)s
  AND (%(after)s::date IS NULL OR d.day > %(after)s)
ORDER BY d.day
LIMIT %(limit)s

-- name: hours
SELECT h.hour, max(h.n + h.n_rejected) AS reports
FROM datastream d JOIN observation_hourly h ON h.datastream_id = d.id
WHERE d.sensor_id = %(sensor_id)s AND h.hour >= %(start)s AND h.hour < %(end)s
GROUP BY h.hour

-- name: first_hour
SELECT min(f.hour)
FROM datastream d
CROSS JOIN LATERAL (SELECT min(h.hour) AS hour FROM observation_hourly h WHERE h.datastream_id = d.id) f
WHERE d.sensor_id = %(sensor_id)s

-- name: gaps
SELECT g.numbers, g.missing, g.restarts
FROM datastream d
JOIN sensor s ON s.id = d.sensor_id
CROSS JOIN LATERAL sequence_gaps(
    d.id, s.interval_s, %(start)s, %(end)s, %(smallest)s, %(largest)s, %(jump)s, %(per_interval)s
) g
WHERE d.sensor_id = %(sensor_id)s AND d.property = 'seq'

-- name: spans
-- A page of listed sensors, those first of which least came on the last day, and their days. Of one more than a page.
WITH page AS (
    SELECT s.id, s.name_vi, s.name_en, y.completeness AS newest
    FROM sensor s LEFT JOIN sensor_day y ON y.sensor_id = s.id AND y.day = %(last)s
    WHERE s.listed AND (%(kind)s::text IS NULL OR s.kind = %(kind)s)
    ORDER BY y.completeness NULLS LAST, s.id
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT page.id, page.name_vi, page.name_en, d.day, d.completeness, d.missing
FROM page LEFT JOIN sensor_day d ON d.sensor_id = page.id AND d.day BETWEEN %(first)s AND %(last)s
ORDER BY page.newest NULLS LAST, page.id, d.day
