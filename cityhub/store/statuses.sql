-- name: known
-- `goodbye_time` is that of the last goodbye that had one. In one order for all, so that two ingestors cannot wait for
-- each other.
SELECT sensor_id, online, told_at, goodbye_time
FROM sensor_status
WHERE sensor_id = ANY(%(ids)s)
ORDER BY sensor_id
FOR NO KEY UPDATE

-- name: record
INSERT INTO sensor_status (sensor_id, online, told_at, goodbye_time)
SELECT w.sensor_id, w.online, w.told_at, w.goodbye_time
FROM unnest(%(ids)s::text[], %(online)s::boolean[], %(received_at)s::timestamptz[], %(goodbye_times)s::timestamptz[])
     AS w (sensor_id, online, told_at, goodbye_time)
ORDER BY w.sensor_id
ON CONFLICT (sensor_id) DO UPDATE SET
    online = excluded.online, told_at = excluded.told_at, goodbye_time = excluded.goodbye_time
-- Another ingestor may have been the first to say something of the sensor meanwhile.
WHERE excluded.told_at >= sensor_status.told_at
RETURNING sensor_id

-- name: record_details
INSERT INTO device_said (sensor_id, firmware, reset, uptime_s, told_at)
VALUES (%(sensor_id)s, %(firmware)s, %(reset)s, %(uptime_s)s, %(told_at)s)
ON CONFLICT (sensor_id) DO UPDATE SET
    firmware = excluded.firmware, reset = excluded.reset, uptime_s = excluded.uptime_s, told_at = excluded.told_at
WHERE excluded.told_at > device_said.told_at

-- name: details
SELECT firmware, reset, uptime_s, told_at FROM device_said WHERE sensor_id = %(sensor_id)s
