-- name: sums
-- Good values only (quality 3 = range or fault). A window without any good value gives NULL, not zero.
SELECT ds.sensor_id,
       sum(o.value) FILTER (WHERE o.time > %(now)s::timestamptz - INTERVAL '1 hour') AS mm_1h,
       sum(o.value) FILTER (WHERE o.time > %(now)s::timestamptz - INTERVAL '3 hours') AS mm_3h,
       sum(o.value) AS mm_24h
FROM observation o
JOIN datastream ds ON ds.id = o.datastream_id
JOIN sensor s ON s.id = ds.sensor_id
WHERE s.kind = 'rain' AND s.listed AND ds.property = 'rain' AND o.quality & 3 = 0
  AND o.time > %(now)s::timestamptz - INTERVAL '24 hours' AND o.time <= %(now)s
GROUP BY ds.sensor_id
