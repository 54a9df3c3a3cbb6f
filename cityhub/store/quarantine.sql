-- name: add
INSERT INTO quarantine (digest, topic, payload, payload_bytes, reason, detail, sensor_id,
                        first_received_at, last_received_at)
VALUES (%(digest)s, %(topic)s, %(payload)s, %(payload_bytes)s, %(reason)s, %(detail)s, %(sensor_id)s,
        %(received_at)s, %(received_at)s)
ON CONFLICT (digest) DO UPDATE SET
    n = quarantine.n + 1, last_received_at = greatest(quarantine.last_received_at, excluded.last_received_at)

-- name: list
SELECT id, topic, payload, payload_bytes, reason, detail, sensor_id, first_received_at, last_received_at, n
FROM quarantine
WHERE (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(sensor_id)s::text IS NULL OR sensor_id = %(sensor_id)s)
  AND (%(before_id)s::bigint IS NULL OR id < %(before_id)s)
ORDER BY id DESC
LIMIT %(limit)s

-- name: get
SELECT id, topic, payload, payload_bytes, reason, detail, sensor_id, first_received_at, last_received_at, n
FROM quarantine
WHERE id = %(id)s
