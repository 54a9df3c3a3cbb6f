-- name: claim
-- Two at once: the second waits for the first, and finds its answer.
INSERT INTO sms_inbox (gateway_reference, answer, sender_token, received_at)
VALUES (%(reference)s, '', %(sender)s, %(now)s)
ON CONFLICT (gateway_reference) DO NOTHING

-- name: found
SELECT answer FROM sms_inbox WHERE gateway_reference = %(reference)s

-- name: answered
UPDATE sms_inbox SET answer = %(answer)s, session_id = %(session_id)s WHERE gateway_reference = %(reference)s

-- name: count
SELECT count(*) FROM sms_inbox WHERE sender_token = %(sender)s AND received_at > %(since)s AND answer <> ''

-- name: session
-- Begun or made longer by a message, or reminded by one, or with that phone.
WITH theirs AS (
    SELECT id FROM parking_session WHERE phone = %(phone)s
    UNION SELECT session_id FROM sms_inbox WHERE sender_token = %(sender)s AND session_id IS NOT NULL
    UNION SELECT session_id FROM sms_outbox WHERE phone_token = %(sender)s AND session_id IS NOT NULL
)
SELECT s.token
FROM parking_session s
JOIN theirs ON theirs.id = s.id
WHERE s.state IN ('awaiting_payment', 'active', 'unpaid')
  AND coalesce(
      (SELECT g.to_time FROM segment g WHERE g.session_id = s.id AND g.state = 'held' ORDER BY g.n DESC LIMIT 1)
          > %(over)s,
      true)
ORDER BY s.state = 'active' DESC, s.created_at DESC
LIMIT 1

-- name: place_ids
SELECT place_id FROM parking_place ORDER BY place_id

-- name: forget
DELETE FROM sms_inbox WHERE received_at < %(before)s
