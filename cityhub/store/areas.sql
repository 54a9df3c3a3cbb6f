-- name: lock
-- Imports one after the other: each looks at the sets that the one before left.
LOCK TABLE area_set IN SHARE ROW EXCLUSIVE MODE

-- name: sets
SELECT s.id, s.level, s.valid_from, s.valid_to, s.source, s.imported_at,
       daterange(s.valid_from, s.valid_to, '[]') @> (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS is_in_force,
       shown.id IS NOT NULL AS is_shown
FROM area_set s LEFT JOIN area_set_shown shown USING (id)
ORDER BY area_level_number(s.level), s.valid_from NULLS FIRST

-- name: add_set
INSERT INTO area_set (level, valid_from, valid_to, source)
VALUES (%(level)s, %(valid_from)s, %(valid_to)s, %(source)s)
RETURNING id

-- name: change_set
UPDATE area_set SET valid_from = %(valid_from)s, valid_to = %(valid_to)s, source = %(source)s, imported_at = now()
WHERE id = %(id)s
RETURNING id

-- name: end_set
UPDATE area_set SET valid_to = %(valid_to)s WHERE id = %(id)s

-- name: ids_of_set
SELECT id FROM area WHERE set_id = %(set_id)s

-- name: remove
DELETE FROM area WHERE set_id = %(set_id)s AND id = ANY(%(ids)s)

-- name: save
INSERT INTO area (set_id, id, code, name_vi, name_en, full_name_vi, full_name_en, geometry, outline)
VALUES (%(set_id)s, %(id)s, %(code)s, %(name_vi)s, %(name_en)s, %(full_name_vi)s, %(full_name_en)s, %(geometry)s,
        %(outline)s)
ON CONFLICT (set_id, id) DO UPDATE SET
    code = excluded.code, name_vi = excluded.name_vi, name_en = excluded.name_en,
    full_name_vi = excluded.full_name_vi, full_name_en = excluded.full_name_en, geometry = excluded.geometry,
    outline = excluded.outline
WHERE (area.code, area.name_vi, area.name_en, area.full_name_vi, area.full_name_en, area.geometry, area.outline)
   IS DISTINCT FROM
      (excluded.code, excluded.name_vi, excluded.name_en, excluded.full_name_vi, excluded.full_name_en,
       excluded.geometry, excluded.outline)

-- name: geometries
SELECT id, geometry FROM area WHERE set_id = %(set_id)s ORDER BY id

-- name: points
SELECT 'sensor' AS noun, id, lon, lat FROM sensor
UNION ALL
SELECT 'place', id, lon, lat FROM place

-- name: membership
SELECT 'sensor' AS noun, s.id, i.area_id
FROM sensor s LEFT JOIN sensor_area i ON i.sensor_id = s.id AND i.set_id = %(set_id)s
WHERE s.listed
UNION ALL
SELECT 'place', p.id, i.area_id
FROM place p LEFT JOIN place_area i ON i.place_id = p.id AND i.set_id = %(set_id)s
ORDER BY noun, id

-- name: assign_sensors
WITH found AS (
    SELECT id AS sensor_id, area_id FROM unnest(%(ids)s::text[], %(area_ids)s::text[]) AS pair (id, area_id)
), left_over AS (
    DELETE FROM sensor_area held
    WHERE held.set_id = %(set_id)s AND NOT EXISTS (SELECT FROM found WHERE found.sensor_id = held.sensor_id)
)
INSERT INTO sensor_area AS held (sensor_id, set_id, area_id)
SELECT sensor_id, %(set_id)s, area_id FROM found
ON CONFLICT (sensor_id, set_id) DO UPDATE SET area_id = excluded.area_id WHERE held.area_id <> excluded.area_id

-- name: assign_some
-- As assign_sensors, of some sensors only.
WITH found AS (
    SELECT id AS sensor_id, area_id FROM unnest(%(ids)s::text[], %(area_ids)s::text[]) AS pair (id, area_id)
), left_over AS (
    DELETE FROM sensor_area held
    WHERE held.set_id = %(set_id)s AND held.sensor_id = ANY(%(of)s)
      AND NOT EXISTS (SELECT FROM found WHERE found.sensor_id = held.sensor_id)
)
INSERT INTO sensor_area AS held (sensor_id, set_id, area_id)
SELECT sensor_id, %(set_id)s, area_id FROM found
ON CONFLICT (sensor_id, set_id) DO UPDATE SET area_id = excluded.area_id WHERE held.area_id <> excluded.area_id

-- name: assign_place
-- One that is new.
INSERT INTO place_area (place_id, set_id, area_id) VALUES (%(id)s, %(set_id)s, %(area_id)s)
ON CONFLICT (place_id, set_id) DO NOTHING

-- name: assign_places
WITH found AS (
    SELECT id AS place_id, area_id FROM unnest(%(ids)s::text[], %(area_ids)s::text[]) AS pair (id, area_id)
), left_over AS (
    DELETE FROM place_area held
    WHERE held.set_id = %(set_id)s AND NOT EXISTS (SELECT FROM found WHERE found.place_id = held.place_id)
)
INSERT INTO place_area AS held (place_id, set_id, area_id)
SELECT place_id, %(set_id)s, area_id FROM found
ON CONFLICT (place_id, set_id) DO UPDATE SET area_id = excluded.area_id WHERE held.area_id <> excluded.area_id

-- name: search
SELECT a.id, s.level, a.code, a.name_vi, a.name_en, a.full_name_vi, a.full_name_en, s.valid_from, s.valid_to,
       (SELECT count(*) FROM sensor_area i JOIN sensor ON sensor.id = i.sensor_id
        WHERE i.set_id = a.set_id AND i.area_id = a.id AND sensor.listed) AS sensors
FROM area a
JOIN area_set s ON s.id = a.set_id
WHERE (%(level)s::text IS NULL OR s.level = %(level)s)
  AND CASE WHEN %(on)s::date IS NULL THEN s.id IN (SELECT id FROM area_set_shown)
           ELSE daterange(s.valid_from, s.valid_to, '[]') @> %(on)s::date
      END
  AND (%(after_id)s::text IS NULL
       OR (area_level_number(s.level), a.id) > (%(after_level)s::int, %(after_id)s))
ORDER BY area_level_number(s.level), a.id
LIMIT %(limit)s

-- name: get
SELECT a.id, s.level, a.code, a.name_vi, a.name_en, a.full_name_vi, a.full_name_en, s.valid_from, s.valid_to,
       (SELECT count(*) FROM sensor_area i JOIN sensor ON sensor.id = i.sensor_id
        WHERE i.set_id = a.set_id AND i.area_id = a.id AND sensor.listed) AS sensors
FROM area a
JOIN area_set s ON s.id = a.set_id
WHERE a.id = %(id)s
  AND (%(on)s::date IS NULL OR daterange(s.valid_from, s.valid_to, '[]') @> %(on)s::date)
ORDER BY s.id IN (SELECT id FROM area_set_shown) DESC, s.valid_from DESC NULLS LAST
LIMIT 1

-- name: inside
SELECT a.geometry,
       coalesce((SELECT array_agg(i.sensor_id) FROM sensor_area i
                 WHERE i.set_id = a.set_id AND i.area_id = a.id), '{}'),
       coalesce((SELECT array_agg(i.place_id) FROM place_area i
                 WHERE i.set_id = a.set_id AND i.area_id = a.id), '{}')
FROM area a
JOIN area_set s ON s.id = a.set_id
WHERE a.id = %(id)s AND s.level = %(level)s AND s.valid_from IS NOT DISTINCT FROM %(valid_from)s

-- name: outlines
SELECT id, name_vi, name_en, full_name_vi, full_name_en, outline FROM area WHERE set_id = %(set_id)s ORDER BY id
