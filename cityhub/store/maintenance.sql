-- name: standing
SELECT id, made_by AS by, note, begins_at, ends_at FROM sensor_maintenance
WHERE sensor_id = %(sensor_id)s AND ended_at IS NULL AND ends_at > %(now)s
ORDER BY id DESC LIMIT 1

-- name: of_all
SELECT DISTINCT ON (sensor_id) sensor_id, ends_at FROM sensor_maintenance
WHERE ended_at IS NULL AND begins_at <= %(now)s AND ends_at > %(now)s
ORDER BY sensor_id, id DESC

-- name: begin
INSERT INTO sensor_maintenance (sensor_id, made_by, note, begins_at, ends_at)
VALUES (%(sensor_id)s, %(by)s, %(note)s, %(now)s, %(ends_at)s)

-- name: end
UPDATE sensor_maintenance SET ended_at = %(now)s, ended_by = %(by)s
WHERE sensor_id = %(sensor_id)s AND ended_at IS NULL AND ends_at > %(now)s
