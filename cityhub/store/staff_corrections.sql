-- name: find
-- With what each is by its newest segment that holds.
SELECT s.id::text AS id, s.place_id, p.name_vi, p.name_en, s.state, g.plate, g.bay_id, g.from_time, g.to_time
FROM parking_session s
JOIN place p ON p.id = s.place_id
CROSS JOIN LATERAL (
    SELECT * FROM segment WHERE session_id = s.id ORDER BY state = 'held' DESC, n DESC LIMIT 1
) g
WHERE s.id IN (
    SELECT session_id FROM segment WHERE plate = %(plate)s AND created_at > %(since)s
    UNION
    SELECT p.session_id FROM receipt r JOIN payment p ON p.id = r.payment_id
    WHERE r.number = %(receipt)s AND p.session_id IS NOT NULL
)
ORDER BY s.created_at DESC, s.id LIMIT 20
