-- name: of_kind
SELECT s.id, s.kind, s.name_vi, s.name_en, s.lon, s.lat, s.basis, s.basis_note, d.name_vi AS district_vi,
       d.name_en AS district_en, s.interval_s, s.place_id, s.capacity, s.illustrative, s.listed, s.attributes,
       NULL::float8 AS distance_m,
       (SELECT max(l.time) FROM datastream ds JOIN latest l ON l.datastream_id = ds.id
        WHERE ds.sensor_id = s.id) AS last_seen,
       t.online AS said_online, t.told_at AS said_at
FROM sensor s
LEFT JOIN district d ON d.id = s.district_id
LEFT JOIN sensor_status t ON t.sensor_id = s.id
WHERE s.kind = %(kind)s AND s.listed
ORDER BY s.id

-- name: readings
SELECT ds.sensor_id, ds.property, ds.unit, l.time, l.value, l.quality
FROM sensor s
JOIN datastream ds ON ds.sensor_id = s.id
JOIN latest l ON l.datastream_id = ds.id
WHERE s.kind = %(kind)s AND s.listed
ORDER BY ds.sensor_id, ds.id

-- name: rain_sums
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
