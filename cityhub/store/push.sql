-- name: renew
UPDATE push_subscription SET p256dh = %(p256dh)s, auth = %(auth)s, language = %(language)s
WHERE session_id = %(session_id)s AND endpoint = %(endpoint)s

-- name: count
SELECT count(*) FROM push_subscription WHERE session_id = %(session_id)s

-- name: add
WITH agreed AS (
    INSERT INTO consent (session_id, purpose, wording, given_at)
    VALUES (%(session_id)s, 'remind_by_push', %(wording)s, %(now)s)
)
INSERT INTO push_subscription (session_id, endpoint, p256dh, auth, language, created_at)
VALUES (%(session_id)s, %(endpoint)s, %(p256dh)s, %(auth)s, %(language)s, %(now)s)

-- name: next
-- By what is paid for: an extension that waits for its payment changes nothing yet.
SELECT p.id, p.endpoint, p.p256dh, p.auth, p.language, s.token, g.to_time
FROM push_subscription p
JOIN parking_session s ON s.id = p.session_id
CROSS JOIN LATERAL (
    SELECT from_time, to_time FROM segment WHERE session_id = s.id AND state = 'held' ORDER BY n DESC LIMIT 1
) g
WHERE p.id > %(after)s AND s.state = 'active' AND p.reminded_until IS DISTINCT FROM g.to_time
  AND g.to_time > %(now)s AND g.to_time <= %(until)s AND g.to_time - g.from_time >= %(shortest)s
ORDER BY p.id LIMIT 1
FOR UPDATE OF p SKIP LOCKED

-- name: told
UPDATE push_subscription SET reminded_until = %(until)s WHERE id = %(id)s

-- name: gone
DELETE FROM push_subscription WHERE id = %(id)s

-- name: forget
DELETE FROM push_subscription p USING parking_session s
WHERE s.id = p.session_id AND (
    s.state IN ('ended', 'lapsed')
    OR (SELECT g.to_time FROM segment g WHERE g.session_id = s.id AND g.state = 'held' ORDER BY g.n DESC LIMIT 1)
        <= %(over)s
)
