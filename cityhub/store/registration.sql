-- name: groups
-- Who sends and is not registered, the newest first. The topic says which kind it is.
SELECT split_part(q.topic, '/', 2) AS kind, q.sensor_id, sum(q.n)::bigint AS messages,
       min(q.first_received_at) AS first_received_at, max(q.last_received_at) AS last_received_at,
       max(s.kind) AS known_as, count(*) OVER () AS matching
FROM quarantine q LEFT JOIN sensor s ON s.id = q.sensor_id
WHERE q.reason = 'unknown_sensor' AND q.sensor_id IS NOT NULL
  AND (%(sensor_id)s::text IS NULL OR q.sensor_id = %(sensor_id)s)
  AND s.kind IS DISTINCT FROM split_part(q.topic, '/', 2)
GROUP BY 1, 2
ORDER BY max(q.last_received_at) DESC, 2, 1
LIMIT %(limit)s OFFSET %(offset)s

-- name: mistaken
-- Topics that are none of the hub's, the newest first.
SELECT topic, min(detail) AS detail, sum(n)::bigint AS messages, min(first_received_at) AS first_received_at,
       max(last_received_at) AS last_received_at
FROM quarantine
WHERE reason = 'topic'
GROUP BY topic
ORDER BY max(last_received_at) DESC, topic
LIMIT %(limit)s

-- name: messages
-- The newest of a device, whatever they were refused for. Bounded by rows and by bytes; the first always fits.
WITH candidate AS (
    SELECT id, octet_length(payload) + octet_length(topic) AS size
    FROM quarantine
    WHERE sensor_id = %(sensor_id)s AND split_part(topic, '/', 2) = %(kind)s
    ORDER BY id DESC
    LIMIT %(limit)s
), measured AS (
    SELECT id, sum(size) OVER (ORDER BY id DESC) - size AS bytes_before FROM candidate
)
SELECT DISTINCT ON (q.topic, q.payload, q.retained)
       q.id, q.topic, q.payload, q.payload_bytes, q.reason, q.detail, q.sensor_id, q.first_received_at,
       q.last_received_at, q.n, q.retained
FROM quarantine q JOIN measured USING (id)
WHERE measured.bytes_before < %(max_bytes)s
ORDER BY q.topic, q.payload, q.retained, q.id DESC

-- name: add
INSERT INTO sensor (id, kind, name_vi, name_en, lon, lat, basis, basis_note, interval_s, place_id, capacity,
                    illustrative, listed, attributes, registered_by)
VALUES (%(id)s, %(kind)s, %(name_vi)s, %(name_en)s, %(lon)s, %(lat)s, %(basis)s, %(basis_note)s, %(interval_s)s,
        %(place_id)s, %(capacity)s, %(illustrative)s, %(listed)s, %(attributes)s, %(registered_by)s)
ON CONFLICT (id) DO NOTHING

-- name: add_mapping
INSERT INTO sensor_mapping (sensor_id, fields, made_by, why)
VALUES (%(sensor_id)s, %(fields)s, %(made_by)s, %(why)s)

-- name: mapping
-- What people wrote last, and what the catalogue's files say.
SELECT own.id, own.fields, own.made_by, own.made_at, own.why, s.attributes ->> 'mapping' AS in_files
FROM sensor s
LEFT JOIN LATERAL (
    SELECT * FROM sensor_mapping m WHERE m.sensor_id = s.id ORDER BY m.id DESC LIMIT 1
) AS own ON true
WHERE s.id = %(sensor_id)s

-- name: lock_mapping
-- Whoever writes one down while another does waits, and then sees what that one wrote.
SELECT pg_advisory_xact_lock(hashtextextended('sensor_mapping:' || %(sensor_id)s, 0))

-- name: by_people
SELECT id FROM sensor WHERE id = ANY(%(ids)s) AND registered_by IS NOT NULL ORDER BY id

-- name: mapped_by_people
SELECT s.id
FROM sensor s
CROSS JOIN LATERAL (
    SELECT fields FROM sensor_mapping m WHERE m.sensor_id = s.id ORDER BY m.id DESC LIMIT 1
) AS own
WHERE s.id = ANY(%(ids)s) AND own.fields IS NOT NULL
ORDER BY s.id
