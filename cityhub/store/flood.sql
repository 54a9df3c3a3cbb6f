-- name: water
-- Of each listed point that reported within a day: the trend in cm/h, and since when its water stands at `flooded` cm and
-- more. A straight line through the good readings (quality 3 = range or fault) of half an hour, or of three intervals
-- where they are longer; it needs readings over half of that span. `change`: in cm, since an hour before the newest reading.
SELECT ds.sensor_id,
       CASE WHEN line.n >= %(readings)s AND line.lasts >= span.lasts / 2
            THEN line.slope * 3600 * CASE ds.unit WHEN 'm' THEN 100 ELSE 1 END
       END AS trend,
       flood.since, l.time,
       CASE WHEN ds.property = 'depth' AND l.quality & 3 = 0 THEN l.value - (
           SELECT o.value
           FROM observation o
           WHERE o.datastream_id = ds.id AND o.quality & 3 = 0 AND o.time <= l.time - INTERVAL '1 hour'
             AND o.time > l.time - INTERVAL '75 minutes' AND o.time > %(now)s::timestamptz - INTERVAL '2 days'
           ORDER BY o.time DESC
           LIMIT 1
       ) END AS change
FROM sensor s
JOIN datastream ds ON ds.sensor_id = s.id
JOIN latest l ON l.datastream_id = ds.id
CROSS JOIN LATERAL (
    SELECT greatest(%(span)s::interval, 3 * s.interval_s * INTERVAL '1 second') AS lasts
) span
CROSS JOIN LATERAL (
    SELECT count(*) AS n, max(o.time) - min(o.time) AS lasts,
           regr_slope(o.value, extract(epoch FROM o.time - l.time)) AS slope
    FROM observation o
    WHERE o.datastream_id = ds.id AND o.quality & 3 = 0 AND o.time <= l.time AND o.time > l.time - span.lasts
      AND o.time > %(now)s::timestamptz - INTERVAL '2 days'
) line
LEFT JOIN LATERAL (
    SELECT min(o.time) AS since
    FROM observation o
    WHERE o.datastream_id = ds.id AND o.quality & 3 = 0 AND o.value >= %(flooded)s AND o.time <= l.time
      AND o.time > %(first)s
      AND o.time > coalesce((
          SELECT dry.time
          FROM observation dry
          WHERE dry.datastream_id = ds.id AND dry.quality & 3 = 0 AND dry.value < %(flooded)s
            AND dry.time <= l.time AND dry.time > %(first)s
          ORDER BY dry.time DESC
          LIMIT 1
      ), %(first)s)
) flood ON ds.property = 'depth' AND l.value >= %(flooded)s AND l.quality & 3 = 0
WHERE (%(sensor_ids)s::text[] IS NULL OR s.id = ANY(%(sensor_ids)s::text[]))
  AND s.kind = 'flood' AND s.listed AND ds.property IN ('depth', 'level') AND l.time > %(now)s::timestamptz - INTERVAL '1 day'
-- A point that measures both goes by the water on its street.
ORDER BY ds.sensor_id, ds.property DESC
