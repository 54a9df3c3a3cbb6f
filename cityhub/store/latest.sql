-- name: of_kind
SELECT s.id, s.kind, s.name_vi, s.name_en, s.lon, s.lat, s.basis, s.basis_note,
       coalesce(g.areas, '{}') AS areas, s.interval_s, s.place_id, s.capacity, s.illustrative, s.listed, s.attributes,
       NULL::float8 AS distance_m,
       (SELECT max(l.time) FROM datastream ds JOIN latest l ON l.datastream_id = ds.id
        WHERE ds.sensor_id = s.id) AS last_seen,
       t.online AS status_online, t.told_at AS status_time
FROM sensor s
LEFT JOIN sensor_areas g ON g.sensor_id = s.id
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
