-- name: save
INSERT INTO district (id, name_vi, name_en, geometry, outline)
VALUES (%(id)s, %(name_vi)s, %(name_en)s, %(geometry)s, %(outline)s)
ON CONFLICT (id) DO UPDATE SET
    name_vi = excluded.name_vi, name_en = excluded.name_en, geometry = excluded.geometry,
    outline = excluded.outline

-- name: remove_others
DELETE FROM district WHERE NOT (id = ANY(%(ids)s))

-- name: all
SELECT id, name_vi, name_en, geometry, outline FROM district ORDER BY id

-- name: points
SELECT 'sensor' AS noun, id, lon, lat FROM sensor
UNION ALL
SELECT 'place', id, lon, lat FROM place

-- name: assign_sensors
UPDATE sensor SET district_id = j.district_id
FROM (SELECT unnest(%(ids)s::text[]) AS id, unnest(%(district_ids)s::text[]) AS district_id) j
WHERE sensor.id = j.id AND sensor.district_id IS DISTINCT FROM j.district_id

-- name: assign_places
UPDATE place SET district_id = j.district_id
FROM (SELECT unnest(%(ids)s::text[]) AS id, unnest(%(district_ids)s::text[]) AS district_id) j
WHERE place.id = j.id AND place.district_id IS DISTINCT FROM j.district_id
