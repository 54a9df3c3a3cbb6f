-- name: known
SELECT digest FROM quarantine WHERE digest = ANY(%(digests)s)

-- name: add
INSERT INTO quarantine (digest, topic, payload, payload_bytes, reason, detail, sensor_id,
                        first_received_at, last_received_at, n, retained)
VALUES (%(digest)s, %(topic)s, %(payload)s, %(payload_bytes)s, %(reason)s, %(detail)s, %(sensor_id)s,
        %(first_received_at)s, %(last_received_at)s, %(n)s, %(retained)s)
ON CONFLICT (digest) DO UPDATE SET
    n = quarantine.n + excluded.n,
    last_received_at = greatest(quarantine.last_received_at, excluded.last_received_at)

-- name: size
-- The length of a long text is known without reading it. A topic may have as many bytes as many payloads.
SELECT count(*), coalesce(sum(octet_length(payload) + octet_length(topic) + octet_length(detail)), 0) FROM quarantine

-- name: list
-- Without the payloads, of which a page would be megabytes.
SELECT id, topic, payload_bytes, reason, detail, sensor_id, first_received_at, last_received_at, n, retained
FROM quarantine
WHERE (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(sensor_id)s::text IS NULL OR sensor_id = %(sensor_id)s)
  AND (%(before_id)s::bigint IS NULL OR id < %(before_id)s)
ORDER BY id DESC
LIMIT %(limit)s

-- name: get
SELECT id, topic, payload, payload_bytes, reason, detail, sensor_id, first_received_at, last_received_at, n, retained
FROM quarantine
WHERE id = %(id)s

-- name: newest_id
SELECT coalesce(max(id), 0) FROM quarantine

-- name: portion
-- Bounded by rows and by bytes; the first row always fits.
WITH candidate AS (
    SELECT id, octet_length(payload) + octet_length(topic) + octet_length(detail) AS size
    FROM quarantine
    WHERE (%(reason)s::text IS NULL OR reason = %(reason)s)
      AND (%(sensor_id)s::text IS NULL OR sensor_id = %(sensor_id)s)
      AND id > %(after_id)s AND id <= %(last_id)s
    ORDER BY id
    LIMIT %(limit)s
), measured AS (
    SELECT id, sum(size) OVER (ORDER BY id) - size AS bytes_before FROM candidate
)
SELECT q.id, q.topic, q.payload, q.payload_bytes, q.reason, q.detail, q.sensor_id, q.first_received_at,
       q.last_received_at, q.n, q.retained
FROM quarantine q JOIN measured USING (id)
WHERE measured.bytes_before < %(max_bytes)s
ORDER BY q.id

-- name: lock
SELECT FROM quarantine WHERE id = ANY(%(ids)s) ORDER BY digest FOR UPDATE

-- name: remove
DELETE FROM quarantine WHERE id = %(id)s AND n = %(n)s

-- name: merge
-- Rows of one message that was rejected for two reasons began at the same time and count the same receipts.
UPDATE quarantine SET
    n = CASE WHEN first_received_at = %(first_received_at)s THEN greatest(n, %(n)s) ELSE n + %(n)s END,
    first_received_at = least(first_received_at, %(first_received_at)s),
    last_received_at = greatest(last_received_at, %(last_received_at)s)
WHERE digest = %(digest)s AND id <> %(id)s

-- name: change
UPDATE quarantine SET digest = %(digest)s, reason = %(reason)s, detail = %(detail)s, sensor_id = %(sensor_id)s
WHERE id = %(id)s

-- name: add_reason
INSERT INTO quarantine (digest, topic, payload, payload_bytes, reason, detail, sensor_id,
                        first_received_at, last_received_at, n, retained)
VALUES (%(digest)s, %(topic)s, %(payload)s, %(payload_bytes)s, %(reason)s, %(detail)s, %(sensor_id)s,
        %(first_received_at)s, %(last_received_at)s, %(n)s, %(retained)s)
ON CONFLICT (digest) DO NOTHING

-- name: purge
DELETE FROM quarantine
WHERE last_received_at < %(before)s AND (%(reason)s::text IS NULL OR reason = %(reason)s)

-- name: replay
SELECT replay_quarantine(%(reason)s, %(sensor_id)s)
