-- name: readings
SELECT o.time, o.value
FROM observation o
JOIN datastream d ON d.id = o.datastream_id
WHERE d.sensor_id = %(sensor_id)s AND d.property = 'pm2_5'
