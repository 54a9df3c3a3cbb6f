-- name: sums
-- A row per listed gauge: rain in (now - h hours, now] of 1, 3, 6, 12 and 24 h, the last reports (`burst`), and its hours with
-- their sums. Whole hours come from the hourly sums, which are exact at every moment; of the hours in which a window
-- begins, and of this one, the reports themselves are read. Good values only (quality 3 = range or fault): a window
-- without any gives NULL, not zero. `back`: how many hours before this one; `edge`: only the part within the window.
WITH gauge AS (
    SELECT ds.id, ds.sensor_id, least(l.time, %(now)s) AS newest, %(hour)s AS hour,
           greatest(INTERVAL '10 minutes', s.interval_s * INTERVAL '1 second') AS span
    FROM sensor s
    JOIN datastream ds ON ds.sensor_id = s.id AND ds.property = 'rain'
    JOIN latest l ON l.datastream_id = ds.id
    WHERE s.kind = 'rain' AND s.listed AND l.time > %(now)s::timestamptz - INTERVAL '24 hours'
), piece AS (
    SELECT g.id, back, true AS edge, p.*
    FROM gauge g
    CROSS JOIN unnest(%(edges)s::int[]) AS back
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE o.quality & 3 = 0) AS n, sum(o.value) FILTER (WHERE o.quality & 3 = 0) AS mm,
               count(*) FILTER (WHERE o.quality & 3 <> 0) AS n_rejected
        FROM observation o
        WHERE o.datastream_id = g.id
          AND o.time >= %(hour)s::timestamptz - back * INTERVAL '1 hour'
          AND o.time < %(hour)s::timestamptz - (back - 1) * INTERVAL '1 hour'
          AND (back = 0 OR o.time > %(now)s::timestamptz - back * INTERVAL '1 hour')
          AND o.time > %(now)s::timestamptz - INTERVAL '24 hours' AND o.time <= %(now)s
    ) p
    UNION ALL
    SELECT h.datastream_id, (extract(epoch FROM %(hour)s - h.hour) / 3600)::int, false, h.n, h.sum, h.n_rejected
    FROM gauge g
    JOIN observation_hourly h ON h.datastream_id = g.id
    WHERE h.hour >= %(hour)s::timestamptz - INTERVAL '23 hours' AND h.hour < %(hour)s
), window_of AS (
    SELECT id, hours, sum(mm) FILTER (WHERE n > 0) AS mm, coalesce(sum(n), 0)::int AS n,
           coalesce(sum(n_rejected), 0)::int AS n_rejected
    FROM piece
    CROSS JOIN unnest(%(windows)s::int[]) AS hours
    WHERE CASE WHEN edge THEN back IN (0, hours) ELSE back < hours END
    GROUP BY id, hours
), windows_of AS (
    SELECT id, array_agg(mm ORDER BY hours) AS mm, array_agg(n ORDER BY hours) AS n,
           array_agg(n_rejected ORDER BY hours) AS n_rejected
    FROM window_of
    GROUP BY id
), hours_of AS (
    SELECT id, array_agg(back ORDER BY back DESC) AS back, array_agg(coalesce(mm, 0) ORDER BY back DESC) AS mm,
           array_agg(n::int ORDER BY back DESC) AS n
    FROM piece
    WHERE NOT edge OR back = 0
    GROUP BY id
)
SELECT g.id, g.sensor_id, w.mm, w.n, w.n_rejected, h.back, h.mm, h.n,
       (SELECT sum(o.value) / (extract(epoch FROM g.span) / 3600)
        FROM observation o
        WHERE o.datastream_id = g.id AND o.quality & 3 = 0 AND o.time > g.newest - g.span AND o.time <= g.newest
       ) AS intensity
FROM gauge g
JOIN windows_of w ON w.id = g.id
JOIN hours_of h ON h.id = g.id

-- name: hours_before
-- Hours of gauges in which it has rained for so long that the last day does not hold the beginning.
SELECT h.datastream_id, h.hour, CASE WHEN h.n > 0 THEN h.sum ELSE 0 END, h.n
FROM observation_hourly h
WHERE h.datastream_id = ANY(%(ids)s) AND h.hour >= %(first)s AND h.hour < %(end)s
ORDER BY h.datastream_id, h.hour

-- name: wet_times
-- First and last report of rain within hours.
SELECT asked.id, asked.hour, found.first, found.last
FROM unnest(%(ids)s::int[], %(hours)s::timestamptz[]) AS asked (id, hour)
CROSS JOIN LATERAL (
    SELECT min(o.time) AS first, max(o.time) AS last
    FROM observation o
    WHERE o.datastream_id = asked.id AND o.time >= asked.hour AND o.time < asked.hour + INTERVAL '1 hour'
      AND o.time >= %(first)s AND o.time <= %(now)s AND o.value > 0 AND o.quality & 3 = 0
) found
WHERE found.first IS NOT NULL

-- name: frames
-- Good values only, by the end of the quarter of an hour that they came in. The bounds keep the look to six hours.
SELECT ds.sensor_id,
       date_bin(%(step)s, o.time - INTERVAL '1 microsecond', TIMESTAMPTZ '2000-01-01 00:00+00') + %(step)s AS ends,
       sum(o.value) AS mm
FROM sensor s
JOIN datastream ds ON ds.sensor_id = s.id AND ds.property = 'rain'
JOIN observation o ON o.datastream_id = ds.id
WHERE s.kind = 'rain' AND s.listed AND o.quality & 3 = 0
  AND o.time > %(first)s AND o.time <= %(last)s
GROUP BY 1, 2

-- name: last_hour
-- Every listed gauge with its rain of the hour up to now; good values only, NULL without any.
SELECT s.id, s.name_vi, s.name_en, s.lon, s.lat, s.interval_s, o.mm, o.n
FROM sensor s
JOIN datastream ds ON ds.sensor_id = s.id AND ds.property = 'rain'
CROSS JOIN LATERAL (
    SELECT sum(value) AS mm, count(*) AS n
    FROM observation
    WHERE datastream_id = ds.id AND quality & 3 = 0
      AND time > %(now)s::timestamptz - INTERVAL '1 hour' AND time <= %(now)s
) o
WHERE s.kind = 'rain' AND s.listed
