-- name: readings
SELECT ds.sensor_id, ds.property, ds.unit, l.time, l.value, l.quality, l.revision
FROM sensor s
JOIN datastream ds ON ds.sensor_id = s.id
JOIN latest l ON l.datastream_id = ds.id
WHERE s.kind = %(kind)s AND s.listed
ORDER BY ds.sensor_id, ds.id
