-- name: add
INSERT INTO place (id, name_vi, name_en, lon, lat, basis, basis_note, capacity, illustrative, attributes, registered_by)
SELECT %(id)s, %(name_vi)s, %(name_en)s, %(lon)s, %(lat)s, %(basis)s, %(basis_note)s, %(capacity)s, %(illustrative)s,
       %(attributes)s, %(who)s
WHERE NOT EXISTS (SELECT FROM sensor WHERE id = %(id)s)
ON CONFLICT (id) DO NOTHING

-- name: run
INSERT INTO parking_place (place_id, zone, issuer, vehicles, opening)
VALUES (%(id)s, %(zone)s, %(issuer)s, %(vehicles)s, %(opening)s)

-- name: issuers
SELECT DISTINCT issuer FROM parking_place ORDER BY issuer

-- name: is_taken
SELECT EXISTS (SELECT FROM place WHERE id = %(id)s) OR EXISTS (SELECT FROM sensor WHERE id = %(id)s)

-- name: by_people
SELECT id FROM place WHERE id = ANY(%(ids)s) AND registered_by IS NOT NULL

-- name: give_back
UPDATE place SET registered_by = NULL WHERE id = ANY(%(ids)s) AND registered_by IS NOT NULL RETURNING id
