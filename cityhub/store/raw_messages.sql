-- name: hold
SELECT pg_advisory_xact_lock(hashtextextended('who listens to sensors', 0))

-- name: begin
INSERT INTO sensor_listening (sensor_id, made_by, why, begins_at, ends_at)
VALUES (%(sensor_id)s, %(by)s, %(why)s, %(now)s, %(ends_at)s)

-- name: end
UPDATE sensor_listening SET ends_at = greatest(begins_at, %(now)s) WHERE sensor_id = %(sensor_id)s AND ends_at > %(now)s

-- name: standing
SELECT made_by AS by, why, ends_at FROM sensor_listening
WHERE sensor_id = %(sensor_id)s AND ends_at > %(now)s
ORDER BY id DESC LIMIT 1

-- name: listened
SELECT DISTINCT sensor_id FROM sensor_listening WHERE ends_at > %(now)s

-- name: keep
INSERT INTO raw_message (sensor_id, topic, payload, payload_bytes, retained, received_at)
VALUES (%(sensor_id)s, %(topic)s, %(payload)s, %(payload_bytes)s, %(retained)s, %(received_at)s)

-- name: trim
DELETE FROM raw_message WHERE sensor_id = %(sensor_id)s AND id <= (
    SELECT id FROM raw_message WHERE sensor_id = %(sensor_id)s ORDER BY id DESC OFFSET %(most)s LIMIT 1
)

-- name: newest
SELECT sensor_id, topic, payload, payload_bytes, retained, received_at FROM raw_message
WHERE sensor_id = %(sensor_id)s AND received_at > %(since)s
ORDER BY id DESC LIMIT %(most)s

-- name: forget
-- Those too that came by a clock that was ahead.
DELETE FROM raw_message WHERE received_at <= %(before)s OR received_at > %(after)s
