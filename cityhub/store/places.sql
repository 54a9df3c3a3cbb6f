-- name: save
INSERT INTO place (id, name_vi, name_en, lon, lat, basis, basis_note, capacity, illustrative, attributes)
VALUES (%(id)s, %(name_vi)s, %(name_en)s, %(lon)s, %(lat)s, %(basis)s, %(basis_note)s, %(capacity)s,
        %(illustrative)s, %(attributes)s)
ON CONFLICT (id) DO UPDATE SET
    name_vi = excluded.name_vi, name_en = excluded.name_en, lon = excluded.lon, lat = excluded.lat,
    basis = excluded.basis, basis_note = excluded.basis_note, capacity = excluded.capacity,
    illustrative = excluded.illustrative, attributes = excluded.attributes
WHERE (place.name_vi, place.name_en, place.lon, place.lat, place.basis, place.basis_note, place.capacity,
       place.illustrative, place.attributes)
   IS DISTINCT FROM
      (excluded.name_vi, excluded.name_en, excluded.lon, excluded.lat, excluded.basis, excluded.basis_note,
       excluded.capacity, excluded.illustrative, excluded.attributes)

-- name: all
SELECT p.id, p.name_vi, p.name_en, p.lon, p.lat, p.basis, p.basis_note, p.capacity, p.illustrative,
       p.attributes, coalesce(g.areas, '{}') AS areas
FROM place p LEFT JOIN place_areas g ON g.place_id = p.id
ORDER BY p.id
