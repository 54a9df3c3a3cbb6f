-- name: all
SELECT s.id AS sensor_id, s.kind, c.mark, c.given_at, c.given_by, c.rotated_at, c.rotated_by, c.revoked_at, c.revoked_by
FROM sensor s LEFT JOIN device_credential c ON c.sensor_id = s.id
ORDER BY s.id

-- name: of_sensor
SELECT sensor_id, given_at, given_by, rotated_at, rotated_by, revoked_at, revoked_by
FROM device_credential WHERE sensor_id = %(sensor_id)s

-- name: give
-- Once more after it was revoked: what was before is in the audit trail.
INSERT INTO device_credential (sensor_id, mark, given_at, given_by)
VALUES (%(sensor_id)s, %(mark)s, %(now)s, %(by)s)
ON CONFLICT (sensor_id) DO UPDATE SET
    mark = excluded.mark, given_at = excluded.given_at, given_by = excluded.given_by,
    rotated_at = NULL, rotated_by = NULL, revoked_at = NULL, revoked_by = NULL

-- name: rotate
-- One that was given without the hub is on record from now on.
INSERT INTO device_credential (sensor_id, mark, given_at, given_by)
VALUES (%(sensor_id)s, %(mark)s, %(now)s, %(by)s)
ON CONFLICT (sensor_id) DO UPDATE SET
    given_at = coalesce(device_credential.given_at, %(now)s), given_by = coalesce(device_credential.given_by, %(by)s),
    mark = excluded.mark, rotated_at = %(now)s, rotated_by = %(by)s, revoked_at = NULL, revoked_by = NULL

-- name: revoke
-- One that was given without the hub is on record from now on. A name of no sensor is not.
INSERT INTO device_credential (sensor_id, mark, revoked_at, revoked_by)
SELECT id, '', %(now)s, %(by)s FROM sensor WHERE id = %(sensor_id)s
ON CONFLICT (sensor_id) DO UPDATE SET revoked_at = excluded.revoked_at, revoked_by = excluded.revoked_by
