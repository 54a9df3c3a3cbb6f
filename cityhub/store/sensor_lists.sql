-- name: hold
SELECT FROM sensor WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE

-- name: known
-- Sensors as lists are held against them. What stands for a whole place is the place's.
SELECT s.id, s.kind, s.name_vi, s.name_en, s.lon, s.lat, s.basis, s.basis_note, s.interval_s, s.place_id, s.capacity,
       s.illustrative, s.listed, s.id IS NOT DISTINCT FROM s.place_id AS is_place,
       ARRAY(SELECT property FROM datastream d WHERE d.sensor_id = s.id ORDER BY d.id) AS properties
FROM sensor s
WHERE s.id = ANY(%(ids)s)

-- name: change
UPDATE sensor SET
    name_vi = %(name_vi)s, name_en = %(name_en)s, lon = %(lon)s, lat = %(lat)s, basis = %(basis)s,
    basis_note = %(basis_note)s, interval_s = %(interval_s)s, place_id = %(place_id)s, capacity = %(capacity)s,
    illustrative = %(illustrative)s,
    registered_by = %(registered_by)s
WHERE id = %(id)s
