-- name: is_point
SELECT EXISTS (SELECT FROM sensor WHERE id = %(point_id)s AND kind = 'flood' AND listed)

-- name: add
INSERT INTO flood_report (id, point_id, state, depth, observed_at, told_by, reference, request_digest, received_at)
VALUES (%(id)s, %(point_id)s, %(state)s, %(depth)s, %(observed_at)s, %(told_by)s, %(reference)s, %(digest)s, %(now)s)
ON CONFLICT ON CONSTRAINT flood_report_once DO NOTHING
RETURNING id

-- name: told
SELECT id, request_digest FROM flood_report WHERE told_by = %(told_by)s AND reference = %(reference)s

-- name: by_id
SELECT r.id::text, r.point_id, r.state, r.depth, r.observed_at, r.told_by, r.reference, r.received_at,
       p.report_id IS NOT NULL AS has_photo
FROM flood_report r
LEFT JOIN flood_photo p ON p.report_id = r.id
WHERE r.id = %(id)s

-- name: of_point
SELECT r.id::text, r.point_id, r.state, r.depth, r.observed_at, r.told_by, r.reference, r.received_at,
       p.report_id IS NOT NULL AS has_photo
FROM flood_report r
LEFT JOIN flood_photo p ON p.report_id = r.id
WHERE r.point_id = %(point_id)s
ORDER BY r.observed_at DESC, r.received_at DESC
LIMIT %(limit)s

-- name: newest
-- The newest of each point that is still shown.
SELECT DISTINCT ON (r.point_id)
       r.id::text, r.point_id, r.state, r.depth, r.observed_at, r.told_by, r.reference, r.received_at,
       p.report_id IS NOT NULL AS has_photo
FROM flood_report r
LEFT JOIN flood_photo p ON p.report_id = r.id
WHERE r.observed_at > %(start)s AND r.observed_at <= %(end)s
ORDER BY r.point_id, r.observed_at DESC, r.received_at DESC

-- name: add_photo
INSERT INTO flood_photo (report_id, sent_digest, body, width, height, received_at)
VALUES (%(id)s, %(digest)s, %(body)s, %(width)s, %(height)s, %(now)s)
ON CONFLICT (report_id) DO NOTHING

-- name: photo_sent
SELECT sent_digest FROM flood_photo WHERE report_id = %(id)s

-- name: photo
SELECT body FROM flood_photo WHERE report_id = %(id)s

-- name: remove_photos
DELETE FROM flood_photo WHERE received_at < %(before)s
